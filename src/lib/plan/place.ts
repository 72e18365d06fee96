/** Where something stands. */
import type { LayerName } from "../catalogue/index.js";

/**
 * A place in the overlay's layers. In layer "work" the path begins at the work directory: "index/00fb…".
 * Without a leading slash; the empty Buffer is the layer's root.
 */
export interface Place {
  readonly layer: LayerName;
  readonly path: Buffer;
}
