import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  statSync,
} from "node:fs";
import { release } from "node:os";
import { getAttributeSync } from "fs-xattr";
import type { Errno } from "./native.js";

/** What is asked of ordinary files and of /proc and /sys. Never used below a layer's root, where only the addon reads. */
export interface Files {
  /** The whole file; files of /proc and /sys too, whose size is told as 0. */
  read(path: Buffer): Buffer | Errno;
  /** `length` bytes from `offset` on, less at the end; of a block device too. */
  readAt(path: Buffer, offset: number, length: number): Buffer | Errno;
  /** Names of a directory, "." and ".." left out. */
  list(path: Buffer): Buffer[] | Errno;
  /** Target of a symlink. */
  readlink(path: Buffer): Buffer | Errno;
  /** Follows symlinks. */
  stat(path: Buffer): FileStat | Errno;
  lstat(path: Buffer): FileStat | Errno;
  /** Where a path leads, symlinks resolved, and the id of the mount that it is on (as in mountinfo). */
  locate(path: Buffer): { readonly path: Buffer; readonly mountId: number } | Errno;
  /** Bytes of the working directory. */
  cwd(): Buffer;
  /**
   * Can an open object have an xattr of this name? 0 where it is there or merely absent, else the negative errno
   * (-EOPNOTSUPP: the filesystem keeps none of this kind). Listing does not tell: it finds none, and that is all.
   */
  probeXattr(fd: number, name: string): 0 | Errno;
  /** utsname.release, "6.18.3-…". */
  kernelRelease(): string;
}

export interface FileStat {
  readonly dev: number;
  readonly ino: number;
  readonly mode: number;
}

/** O_PATH; Node has no name for it. The same on every architecture that Node runs on. */
const O_PATH = 0x200000;
const ENODATA = 61;

export const files: Files = {
  read: (path) => attempt(() => readFileSync(path)),
  readAt: (path, offset, length) => attempt(() => readAt(path, offset, length)),
  list: (path) => attempt(() => readdirSync(path, { encoding: "buffer" })),
  readlink: (path) => attempt(() => readlinkSync(path, { encoding: "buffer" })),
  stat: (path) => attempt(() => toStat(statSync(path))),
  lstat: (path) => attempt(() => toStat(lstatSync(path))),
  locate: (path) => attempt(() => locate(path)),
  cwd: () => readlinkSync("/proc/self/cwd", { encoding: "buffer" }),
  probeXattr: (fd, name) => {
    const value = attempt(() => getAttributeSync(`/proc/self/fd/${fd}`, name));
    return typeof value !== "number" || value === -ENODATA ? 0 : value;
  },
  kernelRelease: () => release(),
};

/** A failed system call is a value here, as it is in {@link Native}. */
function attempt<T>(call: () => T): T | Errno {
  try {
    return call();
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).errno;
    // Node gives them negative, fs-xattr positive.
    if (typeof errno === "number" && errno !== 0) return -Math.abs(errno);
    throw error;
  }
}

function readAt(path: Buffer, offset: number, length: number): Buffer {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
  } finally {
    closeSync(fd);
  }
}

function toStat(stat: { dev: number; ino: number; mode: number }): FileStat {
  return { dev: stat.dev, ino: stat.ino, mode: stat.mode };
}

function locate(path: Buffer): { path: Buffer; mountId: number } {
  const fd = openSync(path, O_PATH | constants.O_RDONLY);
  try {
    const info = readFileSync(`/proc/self/fdinfo/${fd}`, "latin1");
    const mountId = Number(/^mnt_id:\s*(\d+)/m.exec(info)?.[1] ?? -1);
    return { path: readlinkSync(`/proc/self/fd/${fd}`, { encoding: "buffer" }), mountId };
  } finally {
    closeSync(fd);
  }
}
