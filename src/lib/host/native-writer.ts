/**
 * What the C addon offers of {@link Writer}, as types; each function does what the one of the
 * same name does there; here numbers take the place of objects.
 */
import type { Errno } from "./native.js";
import type { Writable, Writer } from "./writer.js";

/** Access and modification time: seconds, nanoseconds, seconds, nanoseconds. */
export type PackedTimes = BigInt64Array;

type Same =
  | "openOwned"
  | "lock"
  | "link"
  | "unlink"
  | "rmdir"
  | "rename"
  | "whiteout"
  | "mkdir"
  | "append"
  | "read"
  | "sync"
  | "syncAll"
  | "space"
  | "copyData";

export interface NativeWriter extends Pick<Writer, Same> {
  openWritable(
    upper: Buffer,
    work: Buffer,
    upperDev: number,
    upperIno: number,
    workDev: number,
    workIno: number,
  ): Writable | Errno;
  openWritableLayer(path: Buffer, dev: number, ino: number, upper: number): number | Errno;
  /** `name`: bytes of the whole name. */
  setXattr(root: number, path: Buffer, name: Buffer, value: Buffer | null): 0 | Errno;
  /** `xattrs`: names and values in turn. */
  dress(
    root: number,
    path: Buffer,
    mode: number,
    uid: number,
    gid: number,
    times: PackedTimes,
    xattrs: readonly Buffer[],
  ): 0 | Errno;
  times(root: number, path: Buffer, into: PackedTimes): 0 | Errno;
  setTimes(root: number, path: Buffer, from: PackedTimes): 0 | Errno;
  settle: Settle;
  empty: Settle;
}

type Settle = (
  root: number,
  path: Buffer,
  ino: number,
  mode: number,
  capability: Buffer | null,
  times: PackedTimes,
) => 0 | Errno;
