/**
 * What a walk through the merged tree leaves behind: tables of handles, and the
 * few names that have something to be said about. Everything that is as it should be is only counted.
 */

import type { RawObject } from "../host/native.js";
import { type DirStack, isDir, isReg, isWhiteout, type LayerPath } from "../kernel/env.js";
import { HandleTable } from "./handle-table.js";
import type { IndexState } from "./index-state.js";
import type { Home, Views } from "./merged.js";
import { PlaceClaims } from "./place-claims.js";

/** A lower object that no longer shows under its name, and has no index entry. */
export interface HiddenObject {
  readonly home: Home & { readonly fh: Buffer };
  /** The name it had in the overlay. */
  readonly path: Buffer;
}

/** A lower directory that does not show under its name; it may show elsewhere. */
export interface HiddenDir {
  /** The lower directories that its parent is made of. */
  readonly parent: readonly LayerPath[];
  readonly name: Buffer;
  readonly path: Buffer;
  readonly fh: Buffer;
  /** What is inside needs no finding of its own: the directory has got one. */
  readonly reported: boolean;
}

/** An upper object that names a lower one which another upper object stands for already. */
export interface Rival {
  readonly fh: Buffer;
  readonly path: Buffer;
  readonly ino: number;
  readonly type: number;
}

/** A name of an upper object that no index entry stands for, though one should. */
export interface Unindexed {
  readonly path: Buffer;
  /** st_mode of the upper object, or of the lower one of its name: they are of one type. */
  readonly mode: number;
  /** Handle structure of the lower object. */
  readonly fh: Buffer;
  readonly lowerNlink: number;
  /** It stands where the lower object has a name. */
  readonly atHome: boolean;
  /** The upper object, if it is a file of which nothing more is to be known: it has no `nlink`. */
  readonly file: Pick<RawObject, "ino" | "ctimeNs"> | null;
}

/** What is known of the names of an indexed object whose lower one has several. */
export interface Links {
  readonly path: Buffer;
  /** The nlink xattr; empty where there is none that can be read. */
  readonly stored: Buffer;
  readonly upperNlink: number;
  readonly lowerNlink: number;
  /** Upper names that stand where the lower object has one. */
  readonly atHome: number;
}

/** What of the plain view a mount as required would not show: names that fail, `errno` positive, and names that are gone. */
export interface Prediction {
  readonly lookup: { readonly path: Buffer; readonly errno: number }[];
  readonly hidden: Buffer[];
}

export interface Counts {
  directories: number;
  upperObjects: number;
  copiedUp: number;
  whiteouts: number;
  /** Upper directories without any overlay xattr that are merged with a lower one of their name. */
  bareMerges: number;
  indexEntries: number;
}

/** Flags in {@link Survey.claims}. */
export const CLAIM_MOVED = 16;
/** One of the claimants stands where the lower object is. */
export const CLAIM_AT_HOME = 32;

export class Survey {
  readonly views: Views;
  /** null where the overlay is not asked to have an index. */
  readonly index: IndexState | null;
  /** Missing tombstones and vanished origins matter: a client may hold a handle to anything that ever showed. */
  readonly tracksHidden: boolean;
  /** What is inside a hidden directory is told of too, not only the directory. */
  readonly tellsEach: boolean;
  /** Paths of directories by number, for what is found out only at the end. */
  readonly dirs: Buffer[] = [];
  /** Origins of upper objects that have no index entry: ino is the upper object's, note the directory's number. */
  readonly claims = new HandleTable();
  /** Lower objects that do not show under a name of theirs, and have no index entry either: note says how many names. */
  readonly hidden = new HandleTable();
  /** Origins of upper objects whose lookup fails: what becomes of their lower ones hangs on that. */
  readonly failed = new HandleTable();
  /** The same where lower objects have no handles: of directories alone, for nothing else is known to be one object. */
  readonly places = new PlaceClaims();
  readonly rivals: Rival[] = [];
  /** Directories that a lower layer's redirect brings in. */
  readonly redirectedBelow: Buffer[] = [];
  /** Directories that only the plain view merges with this lower one. */
  readonly plainMerges: Rival[] = [];
  /** Merge directories without an index entry. */
  readonly unindexedDirs: { readonly path: Buffer; readonly stack: DirStack }[] = [];
  readonly unindexed: Unindexed[] = [];
  /** By row of the index. */
  readonly links = new Map<number, Links>();
  readonly lost: HiddenObject[] = [];
  readonly hiddenDirs: HiddenDir[] = [];
  readonly prediction: Prediction = { lookup: [], hidden: [] };
  readonly counts: Counts = {
    directories: 0,
    upperObjects: 0,
    copiedUp: 0,
    whiteouts: 0,
    bareMerges: 0,
    indexEntries: 0,
  };
  /** Something in upper, its root aside, has an overlay xattr, or nobody can tell. */
  isMarked = false;
  /** Objects with overlay xattrs that are not ours. */
  readonly escaped: { readonly path: Buffer; readonly place: LayerPath }[] = [];
  /** Objects with overlay xattrs of the other prefix; `covers`: a layer below has something of that name. */
  readonly otherPrefix: { readonly path: Buffer; readonly place: LayerPath; readonly covers: boolean }[] = [];

  /** The path of an inode in the directory of this number: {@link dirs}. */
  readonly nameOf: (dir: number, ino: number) => Buffer;

  constructor(
    views: Views,
    index: IndexState | null,
    hidden: { readonly tracked: boolean; readonly each: boolean },
    findName: (dir: Buffer, ino: number) => Buffer,
  ) {
    this.nameOf = (dir, ino) => findName(this.dirs[dir] ?? Buffer.alloc(0), ino);
    this.views = views;
    this.index = index;
    this.tracksHidden = hidden.tracked;
    this.tellsEach = hidden.each;
  }

  /**
   * The lower object of this name does not show. `parent`: what the directory is made of,
   * for what is inside of a hidden directory. `reported`: a directory above has got the finding.
   */
  hide(home: Home, parent: DirStack, name: Buffer, path: Buffer, reported = false): void {
    if (home.fh === null) {
      if (isDir(home)) this.places.hide(home);
      return;
    }
    const row = this.index === null ? -1 : this.index.table.find(home.fh, 0);
    if (this.index !== null && row >= 0) this.index.hide(row, isDir(home) ? 1 : home.nlink);
    if (row < 0) {
      const gone = this.hidden.add(home.fh, 0, home.ino, 0).row;
      this.hidden.setNote(gone, this.hidden.note(gone) + 1);
    }
    const isTold = this.tellsEach || !reported;
    const isLost = row < 0 && this.tracksHidden && isTold && !this.#isXattrWhiteout(home);
    if (isLost) this.lost.push({ home: { ...home, fh: home.fh }, path });
    if (isDir(home)) {
      this.hiddenDirs.push({ parent: parent.lower, name, path, fh: home.fh, reported: reported || isLost });
    }
  }

  /** A whiteout that looks like an empty file hides something itself. */
  #isXattrWhiteout(home: Home): boolean {
    if (!isReg(home)) return false;
    const object = this.views.plain.view.examine(home);
    return typeof object !== "number" && isWhiteout(object, this.views.plain.kernel);
  }

  /** How many names of this lower object, which has no index entry, do not show. */
  hiddenLinks(fh: Buffer): number {
    const row = this.hidden.find(fh, 0);
    return row < 0 ? 0 : this.hidden.note(row);
  }

  /** Does an upper directory stand for this lower one, wherever it is? */
  isMerged(fh: Buffer): boolean {
    if (this.claims.find(fh, 0) >= 0 || this.failed.find(fh, 0) >= 0) return true;
    const row = this.index === null ? -1 : this.index.table.find(fh, 0);
    return this.index !== null && row >= 0 && this.index.isClaimed(row) && !this.index.isGone(row);
  }

  /**
   * An upper object that no index entry stands for names the lower one at `buf[start…]` as its origin.
   * `path` is asked for only where another object has named it before.
   */
  claim(
    buf: Uint8Array,
    start: number,
    ino: number,
    dir: number,
    type: number,
    moved: boolean,
    path: () => Buffer,
  ): void {
    const { row, isNew } = this.claims.add(buf, start, ino, type | (moved ? CLAIM_MOVED : CLAIM_AT_HOME));
    if (!moved) this.claims.mark(row, CLAIM_AT_HOME);
    if (isNew) this.claims.setNote(row, dir);
    else if (this.claims.ino(row) !== ino)
      this.rivals.push({ fh: this.claims.handle(row), path: path(), ino, type });
  }

  /** Rows of {@link claims} whose lower object stands elsewhere and was not seen hidden there. */
  *openClaims(): Generator<number> {
    for (let row = 0; row < this.claims.size; row++) {
      if ((this.claims.flags(row) & CLAIM_AT_HOME) !== 0) continue;
      const fh = this.claims.handle(row);
      const entry = this.index === null ? -1 : this.index.table.find(fh, 0);
      const isHidden = entry >= 0 ? this.index?.isHidden(entry) : this.hidden.find(fh, 0) >= 0;
      if (isHidden !== true) yield row;
    }
  }
}
