/** {@link Writer} on this system: the addon's calls. */
import { native, nativeWriter } from "./addon.js";
import type { PackedTimes } from "./native-writer.js";
import type { Looks, Writer } from "./writer.js";

const SECOND = 1_000_000_000n;

/** Bytes of names of xattrs: there are few, and each is used often. */
const names = new Map<string, Buffer>();

function nameOf(name: string): Buffer {
  const known = names.get(name);
  if (known !== undefined) return known;
  const bytes = Buffer.from(name, "latin1");
  names.set(name, bytes);
  return bytes;
}

/** Seconds, rounded down, and what is left of a time before or after 1970. */
function split(ns: bigint): [bigint, bigint] {
  const rest = ((ns % SECOND) + SECOND) % SECOND;
  return [(ns - rest) / SECOND, rest];
}

const pack = ({ atimeNs, mtimeNs }: Pick<Looks, "atimeNs" | "mtimeNs">): PackedTimes =>
  BigInt64Array.from([...split(atimeNs), ...split(mtimeNs)]);

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
  openWritableLayer: (path, expected, upper) =>
    nativeWriter.openWritableLayer(path, expected.dev, expected.ino, upper),
  openOwned: (root, path) => nativeWriter.openOwned(root, path),
  close: (fd) => native.close(fd),
  lock: (fd) => nativeWriter.lock(fd),

  setXattr: (root, path, name, value) => nativeWriter.setXattr(root, path, nameOf(name), value),
  link: (fromRoot, from, root, path) => nativeWriter.link(fromRoot, from, root, path),
  unlink: (root, path) => nativeWriter.unlink(root, path),
  rmdir: (root, path) => nativeWriter.rmdir(root, path),
  rename: (fromRoot, from, root, path) => nativeWriter.rename(fromRoot, from, root, path),
  whiteout: (root, path) => nativeWriter.whiteout(root, path),
  mkdir: (root, path, mode) => nativeWriter.mkdir(root, path, mode),

  dress: (root, path, like) => {
    const xattrs = like.xattrs.flatMap(([name, value]) => [nameOf(name), value]);
    return nativeWriter.dress(root, path, like.mode, like.uid, like.gid, pack(like), xattrs);
  },

  times: (root, path) => {
    const packed = new BigInt64Array(4);
    const error = nativeWriter.times(root, path, packed);
    if (error !== 0) return error;
    const [atime = 0n, atimeRest = 0n, mtime = 0n, mtimeRest = 0n] = packed;
    return { atimeNs: atime * SECOND + atimeRest, mtimeNs: mtime * SECOND + mtimeRest };
  },
  setTimes: (root, path, times) => nativeWriter.setTimes(root, path, pack(times)),

  copyData: (fromRoot, from, root, path, ino, at, most) =>
    nativeWriter.copyData(fromRoot, from, root, path, ino, at, most),
  settle: (root, path, was) => nativeWriter.settle(root, path, was.ino, was.mode, was.capability, pack(was)),
  empty: (root, path, was) => nativeWriter.empty(root, path, was.ino, was.mode, was.capability, pack(was)),

  append: (root, path, bytes) => nativeWriter.append(root, path, bytes),
  read: (root, path) => nativeWriter.read(root, path),
  sync: (root, path) => nativeWriter.sync(root, path),
  syncAll: (fd) => nativeWriter.syncAll(fd),
  space: (fd) => nativeWriter.space(fd),
};
