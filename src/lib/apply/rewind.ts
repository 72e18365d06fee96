/**
 * What stood where before changes that were made, told from what stands there now. With it a whole run can
 * be judged, from its last change to its first, before any of it is taken back.
 */
import { inodeKey, JOURNAL, type Place, placeKey } from "../plan/place.js";
import { type Change, xattrKey } from "./change.js";
import { judge, type Look, type Sight } from "./judge.js";

const SLASH = Buffer.from("/");

/** A whiteout that the run took away: it is nowhere now. */
interface Gone {
  readonly gone: Change & { readonly op: "uncover" };
}

const isGone = (now: Place | Gone | null): now is Gone => now !== null && "gone" in now;

/** The names in a directory as it is now; none in what is no directory. */
export type List = (at: Place) => readonly Buffer[];

/**
 * The layers as they were at one moment of the run, further back with each change that is taken back in thought. Nothing
 * is written: it keeps the names and values that were others then, and looks at the disk for all else.
 */
export class Rewind {
  /** Names, as they were then, that do not stand for themselves: where the object is now; null: there was none. */
  private readonly names = new Map<string, Place | Gone | null>();
  /** Directories above any of `names`. */
  private readonly above = new Set<string>();
  /** Values of xattrs as they were then, by inode and name. */
  private readonly values = new Map<number | string, Map<string, Buffer | null>>();
  /** Inodes that had no data then. */
  private readonly empty = new Set<number | string>();
  private readonly past: Sight;

  constructor(
    private readonly now: Sight,
    private readonly list: List,
  ) {
    this.past = {
      look: this.lookThen,
      content: this.contentThen,
      isPart: this.isPartThen,
      attributes: this.attributesThen,
    };
  }

  /**
   * Is the change, the last that is not taken back yet, as it was made? Then it is taken back, in thought. `torn`: copies of
   * data may be there in part, or not at all, and a whiteout that is back may have not all of its attributes yet.
   */
  takeBack(change: Change, torn: boolean): boolean {
    const verdict = judge(change, this.past);
    const isHalf = verdict === "torn" || (change.op === "fill" && verdict === "old");
    const isMade = verdict === "new" || (torn && isHalf);
    if (!isMade || !this.isBare(change)) return false;
    switch (change.op) {
      case "fill":
        this.empty.add(inodeKey(change.at.layer, change.ino));
        break;
      case "uncover":
        this.put(change.at, { gone: change });
        break;
      case "xattr":
        this.setValue(inodeKey(change.at.layer, change.ino), xattrKey(change), change.old);
        break;
      case "link":
        this.put(change.at, null);
        break;
      case "unlink":
        this.put(change.at, this.resolve(change.other));
        break;
      case "rename": {
        const now = this.resolve(change.to);
        this.carry(change.to, change.at);
        this.put(change.to, null);
        this.put(change.at, now);
        break;
      }
    }
    return true;
  }

  /** What the run made goes away again: it would take along whatever somebody else has put into it. */
  private isBare(change: Change): boolean {
    if (change.op !== "rename" || change.at.layer !== JOURNAL) return true;
    const { layer, path } = change.to;
    const now = this.placeOf(change.to);
    const names = now === null ? [] : this.list(now);
    return names.every(
      (name) => this.lookThen({ layer, path: Buffer.concat([path, SLASH, name]) }, null) === null,
    );
  }

  private readonly lookThen: Look = (at, xattr) => {
    const place = this.resolve(at);
    if (isGone(place)) return { ino: place.gone.ino, value: null };
    const found = place === null ? null : this.now.look(place, xattr);
    if (found === null || xattr === null) return found;
    const value = this.values.get(inodeKey(at.layer, found.ino))?.get(xattrKey(xattr));
    return value === undefined ? found : { ino: found.ino, value };
  };

  private readonly contentThen: Sight["content"] = (at) => {
    const place = this.placeOf(at);
    const found = place === null ? null : this.now.content(place);
    if (found === null || !this.empty.has(inodeKey(at.layer, found.ino))) return found;
    return { ...found, data: 0 };
  };

  private readonly isPartThen: Sight["isPart"] = (at, from) => {
    const place = this.placeOf(at);
    return place !== null && this.now.isPart(place, from);
  };

  private readonly attributesThen: Sight["attributes"] = (at) => {
    const place = this.resolve(at);
    if (isGone(place)) return { ...place.gone.like, rdev: 0 };
    return place === null ? null : this.now.attributes(place);
  };

  private setValue(inode: number | string, name: string, value: Buffer | null): void {
    const values = this.values.get(inode);
    if (values === undefined) this.values.set(inode, new Map([[name, value]]));
    else values.set(name, value);
  }

  /** The same where what is gone counts as nothing. */
  private placeOf(place: Place): Place | null {
    const now = this.resolve(place);
    return isGone(now) ? null : now;
  }

  /** Where the object that a name stood for is now. */
  private resolve(place: Place): Place | Gone | null {
    if (this.names.size === 0) return place;
    const key = placeKey(place);
    const known = this.names.get(key);
    if (known !== undefined) return known;
    for (let end = key.lastIndexOf("/"); end > 0; end = key.lastIndexOf("/", end - 1)) {
      const now = this.names.get(key.slice(0, end));
      if (now === undefined) continue;
      if (now === null || isGone(now)) return null;
      const rest = place.path.subarray(place.path.length - (key.length - end - 1));
      return {
        layer: now.layer,
        path: now.path.length === 0 ? rest : Buffer.concat([now.path, SLASH, rest]),
      };
    }
    return place;
  }

  private put(place: Place, now: Place | Gone | null): void {
    const key = placeKey(place);
    this.names.set(key, now);
    for (let end = key.lastIndexOf("/"); end > 0; end = key.lastIndexOf("/", end - 1)) {
      this.above.add(key.slice(0, end));
    }
  }

  /** What is known about names below a directory goes with it. */
  private carry(to: Place, from: Place): void {
    const below = `${placeKey(to)}/`;
    if (!this.above.has(placeKey(to))) return;
    for (const [key, now] of [...this.names]) {
      if (!key.startsWith(below)) continue;
      this.names.delete(key);
      const rest = Buffer.from(key.slice(below.length), "latin1");
      this.put({ layer: from.layer, path: Buffer.concat([from.path, SLASH, rest]) }, now);
    }
  }
}
