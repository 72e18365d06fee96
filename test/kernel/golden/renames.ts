/** Renames that do the same in both worlds, and what they leave behind in one of them only. */
import { lstatSync } from "node:fs";
import { must, sys } from "../../support/sys.js";
import type { Rename } from "../random/work.js";
import { handleOf } from "./world.js";

const EXDEV = -18;

/**
 * rename(2) of one name of a file onto another name of it does nothing. Names of a lower hard link are one file
 * only where there is an index, so without one the same call would take a name away: what
 * the first world has found to be one file is left alone in the second.
 */
export class Renames {
  /**
   * Entry names of what a rename would have replaced, had it not failed after all. With an index the
   * kernel copies that up beforehand, to count its links; a directory whose redirect would become too long is
   * refused (EXDEV) only then. ovl_rename(), ovl_nlink_start(), ovl_set_redirect()
   */
  readonly spared = new Set<string>();
  readonly #skipped: boolean[] = [];

  readonly first: Rename = (from, to, flags) => {
    const isOne = isOneFile(from, to);
    this.#skipped.push(isOne);
    if (isOne) return;
    const result = sys.rename(from, to, flags);
    if (result === EXDEV && sys.lookup(to) >= 0) this.spared.add(handleOf(to));
    must(result, "rename");
  };

  /** For one more world, from its first life on. */
  again(): Rename {
    let next = 0;
    return (from, to, flags) => {
      if (this.#skipped[next++] === false) must(sys.rename(from, to, flags), "rename");
    };
  }
}

function isOneFile(a: Buffer, b: Buffer): boolean {
  if (sys.lookup(a) < 0 || sys.lookup(b) < 0) return false;
  const [x, y] = [lstatSync(a), lstatSync(b)];
  return x.dev === y.dev && x.ino === y.ino;
}
