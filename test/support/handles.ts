/** File handles of a mounted overlay: what an NFS server would give its clients. */
import { closeSync, fstatSync } from "node:fs";
import { type Result, sys } from "./sys.js";
import { under } from "./tree.js";

export interface ObjectHandle {
  /** Relative to the overlay's root. */
  readonly path: Buffer;
  /** Four bytes of handle type in host order, then the handle; or the negative errno. */
  readonly handle: Buffer | Result;
}

/** name_to_handle_at(2) of each object. Encoding can copy a directory up, so it may write to the upper layer. */
export function encodeHandles(root: Buffer, paths: readonly Buffer[]): ObjectHandle[] {
  return paths.map((path) => ({ path, handle: sys.nameToHandle(under(root, path)) }));
}

export interface Decoded {
  readonly ino: number;
  readonly mode: number;
  readonly size: number;
}

const O_PATH = 0x200000;

/** open_by_handle_at(2): the object that a handle leads to now, or the negative errno. */
export function decodeHandle(mount: number, handle: Buffer): Decoded | Result {
  const fd = sys.openByHandle(mount, handle, O_PATH);
  if (fd < 0) return fd;
  try {
    const { ino, mode, size } = fstatSync(fd);
    return { ino, mode, size };
  } finally {
    closeSync(fd);
  }
}
