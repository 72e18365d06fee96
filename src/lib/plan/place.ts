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

/** In place of a layer's name: the folder of the run that is under way, in the work directory. Only `apply/` writes there. */
export const JOURNAL = "journal";

const SLASH = 0x2f;

/** The directory that a path is a name in; the root for the root. */
export const parentOf = (path: Buffer): Buffer => path.subarray(0, Math.max(path.lastIndexOf(SLASH), 0));
export const nameOf = (path: Buffer): Buffer => path.subarray(path.lastIndexOf(SLASH) + 1);

/**
 * One string a place: "upper/a/b"; "upper" for the root. Bytes above 127 count as Latin-1. What stands before a slash in it
 * is the key of a directory above.
 */
export function placeKey({ layer, path }: Place): string {
  return path.length === 0 ? layer : `${layer}/${path.toString("latin1")}`;
}

/** Upper, the work directory and a run's folder are on one filesystem; a lower layer may be on another. */
export function inodeKey(layer: LayerName, ino: number): number | string {
  return layer === "upper" || layer === "work" || layer === JOURNAL ? ino : `${layer}:${ino}`;
}

const INDEX = Buffer.from("index/");

/** Is it a name in the index? */
export function isInIndex({ layer, path }: Place): boolean {
  return layer === "work" && path.subarray(0, INDEX.length).equals(INDEX);
}
