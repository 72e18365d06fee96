/** Directories that should be marked `impure` and are not: one finding for each. */

import type { Lookup } from "../kernel/lookup.js";
import type { MergedDir } from "./merged.js";

export class ImpureMarks {
  readonly #say: (dir: MergedDir, child: Buffer) => void;
  /** Numbers of directories that were told of. */
  readonly #said = new Set<number>();

  constructor(say: (dir: MergedDir, child: Buffer) => void) {
    this.#say = say;
  }

  /** Because of this name, which is asked for only where it is to be told. */
  want(dir: MergedDir, child: () => Buffer): void {
    if (dir.impure || this.#said.has(dir.id)) return;
    this.#said.add(dir.id);
    this.#say(dir, child());
  }

  /** Because of what was looked up under this name, if that asks for it. */
  wantFor(dir: MergedDir, name: Buffer, plain: Lookup): void {
    if (hasLowerByMark(plain)) this.want(dir, () => name);
  }
}

/**
 * Has the upper object a lower one, whose inode number readdir has to give, be its own origin lost or not? By a redirect,
 * or as a metadata-only file: only a life as the upper layer brings these about, and whatever does marks the directory.
 * What merges by its name alone may have been unpacked there, and the kernel marks it with the first lookup.
 */
function hasLowerByMark(plain: Lookup): boolean {
  if (plain.kind !== "found" || plain.upper === null || plain.lower.length === 0) return false;
  return plain.isDir ? plain.redirect !== null : plain.upper.object.xattrs.has("metacopy");
}
