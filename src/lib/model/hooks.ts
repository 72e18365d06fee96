import type { Layer } from "../layers/types.js";

/** Who is told when a layer cannot be read. Nothing that fails is passed over. */
export interface ReadHooks {
  onUnreadable(layer: Layer, path: Buffer, operation: "open" | "read" | "stat", errno: number): void;
}
