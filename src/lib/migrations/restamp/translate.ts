/** From a handle of the layers as they were to that of the same object in the layers as they are. */
import { decodeHandle } from "../../format/fileHandle.js";
import { S_IFMT } from "../../format/fileType.js";
import { decodeNlink, overlayNlink } from "../../format/nlink.js";
import { decodeRedirect } from "../../format/redirect.js";
import { isNullUuid } from "../../format/uuid.js";
import type { RawObject } from "../../host/native.js";
import { isDir, isReg, sameType } from "../../kernel/env.js";
import { join } from "../../kernel/path.js";
import type { Facts } from "../../plan/facts.js";
import type { Place } from "../../plan/place.js";
import { describe } from "../../plan/planners/changes.js";
import { entryPlace } from "../../plan/planners/directory-entries.js";
import {
  lowerBeside,
  mergedWith,
  parentOf,
  placeOf,
  sameObject,
  showsLowerAlone,
} from "../../plan/planners/lower-parts.js";
import { number, plural } from "../../report/text.js";
import type { OldLower } from "../old-lower.js";
import type { Past } from "../types.js";

/** The lower object of today that an old handle means. */
export interface Translated {
  /** Handle structure of the lower object as it is now. */
  readonly fh: Buffer;
  readonly place: Place;
  readonly evidence: string;
  /** What is given up where the evidence deceives; absent where it cannot. */
  readonly risk?: string;
}

/** An upper object that has an origin, under all its names; none where only its index entry is left. */
export interface Upper {
  readonly ino: number;
  readonly object: RawObject;
  readonly paths: readonly Buffer[];
}

/** A lower object with several names. */
interface Group {
  readonly ino: number;
  readonly type: number;
  /** Names of it that show without an upper object. */
  readonly shown: number;
}

const typeOf = ({ mode }: { readonly mode: number }): number => mode & S_IFMT;

/** From handles that were stored to lower objects as they are: by the old layers, else by paths and hard links. Null: it cannot be told. */
export class Translator {
  readonly #facts: Facts;
  readonly #old: OldLower | null;
  readonly #trustPaths: boolean;
  /** Handles that lead somewhere do not prove that it is where they led before. */
  readonly #lowerMoved: boolean;
  /** Upper objects (paths, latin1) whose lower one is not where the old layers had it, or is another; see {@link Restamp}. */
  readonly gone = new Set<string>();
  readonly changed = new Set<string>();
  #linked: readonly Group[] | null = null;
  /** Which upper inode a lower object was given to. */
  readonly #taken = new Map<string, number>();

  constructor({ facts, old, wishes }: Past, lowerMoved: boolean) {
    this.#facts = facts;
    this.#old = old;
    this.#trustPaths = wishes.trustPaths;
    this.#lowerMoved = lowerMoved;
  }

  /** Does the handle lead to what it led to when it was stored? */
  isSound(fh: Buffer, paths: readonly Buffer[], type: { readonly mode: number } | null): boolean {
    const lower = this.#facts.decode(fh);
    if (lower === null) return false;
    if (!this.#lowerMoved) return true;
    // Without a UUID any filesystem answers, with whatever has that number there.
    const isAnyones = hasNoUuid(fh);
    if (isAnyones && (this.#old !== null || (type !== null && !sameType(lower.object, type)))) return false;
    if (isDir(lower.object)) {
      if (lower.place === null) return false;
      return !isAnyones || paths.some((path) => mergedWith(this.#facts, path)?.fh.equals(fh) === true);
    }
    if (paths.some((path) => this.#isBeside(path, lower.object))) return true;
    // A copy beside the original: the handle still leads to that one, which is in no layer.
    return !isAnyones && this.#facts.lowerNames(lower.object).length > 0;
  }

  /** By the old layers, or the path that the kernel itself merges by. */
  directory(path: Buffer, fh: Buffer): Translated | null {
    const merged = mergedWith(this.#facts, path);
    const found = this.#byOld(fh, [path], (object) => isDir(object));
    const same = found.find((one) => merged?.fh.equals(one.fh) === true);
    if (same !== undefined || found[0] !== undefined) return same ?? found[0] ?? null;
    if (merged === null) return null;
    const place = placeOf(merged.lower);
    return { fh: merged.fh, place, evidence: `by its path it shows ${describe(place)}` };
  }

  file(upper: Upper, fh: Buffer): Translated | null {
    const { object, paths } = upper;
    const found = this.#byOld(fh, paths, (lower) => sameType(lower, object));
    const home = found.find(({ place }) => paths.some((path) => path.equals(place.path)));
    if (home !== undefined || found[0] !== undefined) return home ?? found[0] ?? null;
    if (this.#old !== null) return null;
    const isIndexed = this.#facts.examine(entryPlace(fh))?.ino === object.ino;
    return (
      this.#byData(object, paths) ??
      (isIndexed ? this.#byLinks(object, paths) : null) ??
      // With names below it came from a lower object that has several.
      (isIndexed && this.namesBelow(upper) !== 0 ? null : this.#byPath(object, paths))
    );
  }

  /** Of an upper inode from now on; false where another one has it. */
  take(fh: Buffer, ino: number): boolean {
    const key = fh.toString("latin1");
    const owner = this.#taken.get(key);
    if (owner !== undefined) return owner === ino;
    this.#taken.set(key, ino);
    return true;
  }

  /** What the overlay's link count was, and how many of these names were lower ones; null where that cannot be told. */
  namesBelow({ object, paths }: Upper): number | null {
    const total = this.#links(object, 0);
    return total === null ? null : Math.max(total - paths.length, 0);
  }

  #byOld(fh: Buffer, paths: readonly Buffer[], fits: (lower: RawObject) => boolean): Translated[] {
    if (this.#old === null) return [];
    const shown = (paths[0] ?? Buffer.alloc(0)).toString("latin1");
    const before = this.#old.decode(fh);
    const now = before.flatMap(({ place: was, object: { size } }): Translated[] => {
      const at = { layer: was.layer.replace("old", "lower"), path: was.path };
      const object = this.#facts.examine(at);
      const own = object === null || !fits(object) ? null : this.#facts.encode(at);
      if (object === null || own === null) return [];
      if (isReg(object) && object.size !== size) this.changed.add(shown);
      return [{ fh: own, place: at, evidence: `its origin was ${describe(was)}: now ${describe(at)}` }];
    });
    if (before.length > 0 && now.length === 0 && paths.length > 0) this.gone.add(shown);
    return now;
  }

  /** A metadata-only file: where its data are. */
  #byData(object: RawObject, paths: readonly Buffer[]): Translated | null {
    if (!object.xattrs.has("metacopy")) return null;
    for (const path of paths) {
      const data = this.#dataOf(object, path);
      const fh = data === null || !isReg(data.object) ? null : this.#facts.encode(data.place);
      if (data !== null && fh !== null)
        return { fh, place: data.place, evidence: `its data are those of ${describe(data.place)}` };
    }
    return null;
  }

  #dataOf(object: RawObject, path: Buffer): ReturnType<typeof lowerBeside> {
    const raw = object.xattrs.get("redirect");
    if (!Buffer.isBuffer(raw)) return lowerBeside(this.#facts, path);
    const redirect = decodeRedirect(raw);
    if (redirect.kind !== "valid") return null;
    if (!redirect.absolute) return lowerBeside(this.#facts, join(parentOf(path), redirect.text));
    const found = this.#facts.lowerAt(redirect.text.subarray(1));
    const top = found.kind === "found" ? found.lower[0] : undefined;
    return top === undefined ? null : { place: placeOf(top), object: top.object };
  }

  /**
   * It had names below, one of its own is that of a lower object which has several, and as many of these
   * show. Where another such lower object is as likely, only trust in paths decides.
   */
  #byLinks(object: RawObject, paths: readonly Buffer[]): Translated | null {
    for (const path of paths) {
      const beside = lowerBeside(this.#facts, path);
      if (beside === null || beside.object.nlink < 2 || !sameType(beside.object, object)) continue;
      const total = this.#links(object, beside.object.nlink);
      const below = (total ?? 0) - paths.length;
      if (total === null || below < 1 || beside.object.nlink <= below) continue;
      const likely = this.#groups().filter((group) => group.shown === below && group.type === typeOf(object));
      const isOne = likely.length === 1 && likely[0]?.ino === beside.object.ino;
      const own = isOne || this.#trustPaths ? this.#facts.encode(beside.place) : null;
      if (own === null) continue;
      const evidence = `it has ${plural(total, "name")}, ${number(below)} of them only in lower, where ${describe(beside.place)} has ${number(beside.object.nlink)}`;
      const risk = `what the other names of ${describe(beside.place)} show, if it did not come from that`;
      return { fh: own, place: beside.place, evidence, ...(isOne ? {} : { risk }) };
    }
    return null;
  }

  /** Lower objects of which some names show, and others are hidden. */
  #groups(): readonly Group[] {
    this.#linked ??= this.#facts.lowerLinks().flatMap((names): Group[] => {
      const [first] = names;
      const object = first === undefined ? null : this.#facts.examine(first);
      if (object === null) return [];
      const shown = names.filter(({ path }) => showsLowerAlone(this.#facts, path, object)).length;
      const isPart = shown > 0 && shown < names.length;
      return isPart ? [{ ino: object.ino, type: typeOf(object), shown }] : [];
    });
    return this.#linked;
  }

  #byPath(object: RawObject, paths: readonly Buffer[]): Translated | null {
    if (!this.#trustPaths) return null;
    for (const path of paths) {
      const beside = lowerBeside(this.#facts, path);
      // Of several links the others would show this file: a path is too little to go by for that.
      if (beside === null || beside.object.nlink > 1 || !sameType(beside.object, object)) continue;
      const fh = this.#facts.encode(beside.place);
      if (fh === null) continue;
      const size = isReg(object) ? `, ${sizes(object, beside.object)}` : "";
      return {
        fh,
        place: beside.place,
        evidence: `${describe(beside.place)} has its path and its type${size}`,
      };
    }
    return null;
  }

  #links(object: RawObject, lower: number): number | null {
    const raw = object.xattrs.get("nlink");
    if (!Buffer.isBuffer(raw)) return null;
    const verdict = decodeNlink(raw);
    if (verdict.kind !== "valid" || (verdict.base === "L" && lower === 0)) return null;
    return overlayNlink(verdict, object.nlink, lower) ?? 0;
  }

  #isBeside(path: Buffer, lower: RawObject): boolean {
    return this.#facts.lowers.some((layer) => {
      const there = this.#facts.examine({ layer, path });
      return there !== null && sameObject(there, lower);
    });
  }
}

const sizes = (a: RawObject, b: RawObject): string =>
  a.size === b.size ? `${a.size} bytes as well` : `${b.size} bytes, and it has ${a.size}`;

function hasNoUuid(fh: Buffer): boolean {
  const verdict = decodeHandle(fh);
  return verdict.kind === "valid" && isNullUuid(verdict.handle.uuid);
}
