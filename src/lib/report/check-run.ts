/** A check as a pipeline keeps it: of which overlay, how it ended, and when. */
import type { MountSpec } from "../mount/spec.js";
import type { CheckResult } from "./result.js";

export interface CheckRun {
  /** See {@link overlayName}. */
  readonly name: Buffer;
  readonly result: CheckResult;
  /** Bits of fsck(8). */
  readonly exitCode: number;
  /** When it ended: milliseconds since 1970, UTC. */
  readonly ended: number;
  /** How long it took. */
  readonly seconds: number;
}

/**
 * What tells an overlay from others in a log or in a database of metrics, and is the same the next time: the mount point
 * where it was asked for by that, else the upper layer, or the lower ones as mount(8) has them.
 */
export function overlayName(spec: Pick<MountSpec, "upper" | "lower">, mountpoint: Buffer | null): Buffer {
  if (mountpoint !== null) return mountpoint;
  if (spec.upper !== null) return spec.upper;
  return Buffer.concat(spec.lower.flatMap((path, i) => (i === 0 ? [path] : [Buffer.from(":"), path])));
}
