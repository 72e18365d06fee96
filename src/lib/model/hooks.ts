import type { ScanReader } from "../host/scan-reader.js";
import type { Lookup } from "../kernel/lookup.js";
import type { Layer } from "../layers/types.js";
import type { Class } from "./classify.js";
import type { MergedDir } from "./merged.js";

/** Who is told when a layer cannot be read. Nothing that fails is passed over. */
export interface ReadHooks {
  onUnreadable(layer: Layer, path: Buffer, operation: "open" | "read" | "stat", errno: number): void;
}

/**
 * Who is told of every name that the walk comes by, be there anything to say about it or not. Names that only the lowest
 * layer has are not among them, for the walk leaves them alone.
 */
export interface NameWatcher extends ReadHooks {
  /** A directory that both views see alike; its names follow, in no order. */
  onDirectory(dir: MergedDir): void;
  /**
   * A name of the upper layer that needs no lookup (never of class "examine"). The reader stands on it and has its
   * handle. `home`: as classifyUpper() takes it.
   */
  onUpper(dir: MergedDir, reader: ScanReader, verdict: Class, home: number): void;
  /** A name that was looked up. `connects`: that of {@link MergedDir}, if it is a directory. */
  onLookup(path: Buffer, required: Lookup, plain: Lookup, connects: boolean): void;
}
