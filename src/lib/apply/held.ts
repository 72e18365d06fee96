/**
 * Directories that changes are about, kept open for a while: those that follow each other are about names of the same few
 * directories, and the way to them is a large part of what a change costs.
 */
import type { Errno, Native } from "../host/native.js";

/** The index, the journal's folder, and some of upper. */
const MOST = 4;
const SLASH = 0x2f;

/** Where a name is to be looked up: a descriptor, and the path from there. */
export interface Reached {
  readonly fd: number;
  readonly path: Buffer;
}

interface Open {
  readonly root: number;
  readonly dir: Buffer;
  readonly fd: number;
}

/** Owns the descriptors that it opens; letGo() closes them all. */
export class Held {
  /** The one that was used last is the last. */
  private readonly open: Open[] = [];

  constructor(private readonly native: Pick<Native, "openDirectory" | "close">) {}

  /**
   * By way of the directory that the last name of `path` is in; the negative errno of opening that. The descriptor is good
   * until another directory has been reached, and one more.
   */
  reach(root: number, path: Buffer): Reached | Errno {
    const slash = path.lastIndexOf(SLASH);
    if (slash <= 0) return { fd: root, path };
    const at = this.open.findLastIndex((one) => one.root === root && isPath(one.dir, path, slash));
    if (at < 0) {
      const dir = path.subarray(0, slash);
      const fd = this.native.openDirectory(root, dir);
      if (fd < 0) return fd;
      if (this.open.length === MOST) this.drop(0);
      this.open.push({ root, dir, fd });
    } else if (at < this.open.length - 1) {
      this.open.push(...this.open.splice(at, 1));
    }
    return { fd: (this.open.at(-1) as Open).fd, path: path.subarray(slash + 1) };
  }

  /** Something else may have this path from now on: what leads through it is walked to anew. */
  leave(root: number, path: Buffer): void {
    for (let i = this.open.length - 1; i >= 0; i--) {
      const one = this.open[i] as Open;
      const isWithin = one.dir.length === path.length || one.dir[path.length] === SLASH;
      if (one.root === root && isWithin && isPath(path, one.dir, path.length)) this.drop(i);
    }
  }

  letGo(): void {
    while (this.open.length > 0) this.drop(this.open.length - 1);
  }

  private drop(i: number): void {
    for (const { fd } of this.open.splice(i, 1)) this.native.close(fd);
  }
}

/** Is `dir` the first `length` bytes of `path`? */
function isPath(dir: Buffer, path: Buffer, length: number): boolean {
  return dir.length === length && path.length >= length && path.compare(dir, 0, length, 0, length) === 0;
}
