/** {@link Writer} on this system: the addon's calls, and fs-xattr for xattrs. */
import { removeAttributeSync, setAttributeSync } from "fs-xattr";
import { native, nativeWriter } from "./addon.js";
import type { Errno } from "./native.js";
import type { Writer } from "./writer.js";

const SECOND = 1_000_000_000n;

/** 0, or the negative errno that was thrown. */
function attempt(call: () => void): 0 | Errno {
  try {
    call();
    return 0;
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).errno;
    // fs-xattr gives them positive.
    if (typeof errno === "number" && errno !== 0) return -Math.abs(errno);
    throw error;
  }
}

/** `object`: a descriptor, be it one that gives no access; /proc leads from there to the object itself. */
function changeXattr(object: number, name: string, value: Buffer | null): 0 | Errno {
  const path = `/proc/self/fd/${object}`;
  return attempt(() =>
    value === null ? removeAttributeSync(path, name) : setAttributeSync(path, name, value),
  );
}

function setXattr(root: number, path: Buffer, name: string, value: Buffer | null): 0 | Errno {
  if (path.length === 0) return changeXattr(root, name, value);
  const object = nativeWriter.openObject(root, path);
  if (object < 0) return object;
  try {
    return changeXattr(object, name, value);
  } finally {
    native.close(object);
  }
}

/** Seconds, rounded down, and what is left of a time before or after 1970. */
function split(ns: bigint): [bigint, bigint] {
  const rest = ((ns % SECOND) + SECOND) % SECOND;
  return [(ns - rest) / SECOND, rest];
}

export const writer: Writer = {
  openWritable: (upper, work, expected) =>
    nativeWriter.openWritable(
      upper,
      work,
      expected.upper.dev,
      expected.upper.ino,
      expected.work.dev,
      expected.work.ino,
    ),
  openWritableLayer: (path, expected) => nativeWriter.openWritableLayer(path, expected.dev, expected.ino),
  close: (fd) => native.close(fd),
  lock: (fd) => nativeWriter.lock(fd),

  setXattr,
  link: (fromRoot, from, root, path) => nativeWriter.link(fromRoot, from, root, path),
  unlink: (root, path) => nativeWriter.unlink(root, path),
  rmdir: (root, path) => nativeWriter.rmdir(root, path),
  rename: (fromRoot, from, root, path) => nativeWriter.rename(fromRoot, from, root, path),
  whiteout: (root, path) => nativeWriter.whiteout(root, path),
  mkdir: (root, path, mode) => nativeWriter.mkdir(root, path, mode),

  times: (root, path) => {
    const packed = new BigInt64Array(4);
    const error = nativeWriter.times(root, path, packed);
    if (error !== 0) return error;
    const [atime = 0n, atimeRest = 0n, mtime = 0n, mtimeRest = 0n] = packed;
    return { atimeNs: atime * SECOND + atimeRest, mtimeNs: mtime * SECOND + mtimeRest };
  },
  setTimes: (root, path, { atimeNs, mtimeNs }) =>
    nativeWriter.setTimes(root, path, BigInt64Array.from([...split(atimeNs), ...split(mtimeNs)])),

  append: (root, path, bytes) => nativeWriter.append(root, path, bytes),
  read: (root, path) => nativeWriter.read(root, path),
  sync: (root, path) => nativeWriter.sync(root, path),
  syncAll: (fd) => nativeWriter.syncAll(fd),
  space: (fd) => nativeWriter.space(fd),
};
