import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  statSync,
} from "node:fs";
import { release } from "node:os";
import { getAttributeSync } from "./fs-xattr.js";
import type { Errno } from "./native.js";

/** What is asked of ordinary files and of /proc and /sys. Never used below a layer's root, where only the addon reads. */
export interface Files {
  /**
   * The whole of a regular file; files of /proc and /sys too, whose size is told as 0. Never waits: -EINVAL for
   * what is no regular file (opening a FIFO would wait for a writer), -EFBIG above {@link LARGEST}.
   */
  read(path: Buffer): Buffer | Errno;
  /** `length` bytes from `offset` on, less at the end; of a regular file or a block device, else -EINVAL. */
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
  /** User id of the owner. */
  readonly uid: number;
}

/** O_PATH; Node has no name for it. The same on every architecture that Node runs on. */
const O_PATH = 0x200000;
const EAGAIN = 11;
const EINVAL = 22;
const EFBIG = 27;
const ENODATA = 61;

/** Bytes; no file that is read as a whole (fstab, mountinfo, a command line) comes near. */
const LARGEST = 64 << 20;
/** Bytes asked for at a time. */
const PIECE = 1 << 16;
/** Milliseconds until a pipe that was empty is read again. */
const RETRY = 10;

export const files: Files = {
  read: (path) => attempt(() => withFile(path, false, readAll)),
  readAt: (path, offset, length) => attempt(() => withFile(path, true, (fd) => readAt(fd, offset, length))),
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
export function attempt<T>(call: () => T): T | Errno {
  try {
    return call();
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).errno;
    // Node gives them negative, fs-xattr positive.
    if (typeof errno === "number" && errno !== 0) return -Math.abs(errno);
    throw error;
  }
}

function refuse(code: "EINVAL" | "EFBIG", errno: number): never {
  throw Object.assign(new Error(code), { code, errno: -errno });
}

/**
 * The whole of what a user names to be read, "-" for stdin: a pipe, too (`<(…)` of a shell), and then this waits for
 * its other end.
 */
export function readInput(name: Buffer): Buffer | Errno {
  return attempt(() => {
    if (name.equals(Buffer.from("-"))) return readAll(0);
    const fd = openSync(name, constants.O_RDONLY | constants.O_NOCTTY);
    try {
      return readAll(fd);
    } finally {
      closeSync(fd);
    }
  });
}

/**
 * Look what it is, open, use, close. A tree that is examined may have anything at any name: a FIFO would make
 * us wait, and a device may act on being opened. O_PATH opens without either, and /proc leads to the same object.
 */
function withFile<T>(path: Buffer, device: boolean, use: (fd: number) => T): T {
  const place = openSync(path, O_PATH | constants.O_RDONLY);
  try {
    const stat = fstatSync(place);
    if (!stat.isFile() && !(device && stat.isBlockDevice())) refuse("EINVAL", EINVAL);
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
    const fd = openSync(`/proc/self/fd/${place}`, flags);
    try {
      return use(fd);
    } finally {
      closeSync(fd);
    }
  } finally {
    closeSync(place);
  }
}

function readAll(fd: number): Buffer {
  const pieces: Buffer[] = [];
  for (let size = 0; ; ) {
    const piece = Buffer.allocUnsafe(PIECE);
    const read = readPatiently(fd, piece);
    if (read === 0) return Buffer.concat(pieces, size);
    pieces.push(piece.subarray(0, read));
    size += read;
    if (size > LARGEST) refuse("EFBIG", EFBIG);
  }
}

/** Somebody else who has the same pipe open may have made it one that does not wait. */
function readPatiently(fd: number, piece: Buffer): number {
  for (;;) {
    const read = attempt(() => ({ size: readSync(fd, piece, 0, piece.length, null) }));
    if (typeof read !== "number") return read.size;
    if (read !== -EAGAIN) throw Object.assign(new Error("read"), { errno: read });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY);
  }
}

function readAt(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
}

function toStat(stat: FileStat): FileStat {
  return { dev: stat.dev, ino: stat.ino, mode: stat.mode, uid: stat.uid };
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
