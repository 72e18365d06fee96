/** Upper objects with an origin: what each of them is given instead, with the index entry that goes by it. */

import type { RawObject } from "../../host/native.js";
import { isDir, isWhiteoutDevice } from "../../kernel/env.js";
import type { Facts } from "../../plan/facts.js";
import {
  keep,
  quoted,
  removeXattr,
  seen,
  setOpaque,
  setXattr,
  upperAt,
} from "../../plan/planners/changes.js";
import { entryPlace } from "../../plan/planners/directory-entries.js";
import { lowerHandle } from "../../plan/planners/index-entries.js";
import { isOpaqueUpper, wouldMerge } from "../../plan/planners/lower-parts.js";
import type { Action, ActionKind, Place, Step } from "../../plan/types.js";
import { plural } from "../../report/text.js";
import type { Translated, Translator, Upper } from "./translate.js";

/** "Copied up, from where is unknown." */
const UNKNOWN = Buffer.alloc(0);

/** What became of the objects; what is said before anything is done is made of this. */
export interface Tally {
  /** Their handles lead where they did. */
  sound: number;
  /** Have the handle of their lower object again. */
  translated: number;
  /** Files whose lower object nobody knows. */
  readonly unknown: Buffer[];
  /** Directories whose lower one is gone. */
  readonly alone: Buffer[];
  /** Of another object that has the lower one now. */
  readonly rivals: Buffer[];
  /** Files that lower names showed, and show no longer. */
  readonly cutOff: Buffer[];
  /** Upper objects whose index entry is another inode: a copy of theirs. */
  readonly torn: Buffer[];
}

export const newTally = (): Tally => ({
  sound: 0,
  translated: 0,
  unknown: [],
  alone: [],
  rivals: [],
  cutOff: [],
  torn: [],
});

/** Plans what is stored anew on objects that upper still has; counts in `tally`. */
export class Restamper {
  /** Entries of which is decided, by the handle that their name stood for. */
  readonly done = new Set<string>();
  readonly #facts: Facts;
  readonly #names: Translator;
  readonly #tally: Tally;

  constructor(facts: Facts, names: Translator, tally: Tally) {
    this.#facts = facts;
    this.#names = names;
    this.#tally = tally;
  }

  objects(): Action[] {
    const all: { fh: Buffer; upper: Upper }[] = [];
    for (const [raw, claimants] of this.#facts.origins()) {
      const fh = lowerHandle(raw);
      if (fh === null) continue;
      for (const { ino, paths } of claimants) {
        const object = paths[0] === undefined ? null : this.#facts.examine(upperAt(paths[0]));
        if (object !== null && object.ino === ino) all.push({ fh, upper: { ino, object, paths } });
      }
    }
    const sound = all.map(({ fh, upper }) => this.#names.isSound(fh, upper.paths, upper.object));
    // What is as it was has the older right.
    all.forEach(({ fh, upper }, i) => {
      if (sound[i] === true) this.#names.take(fh, upper.ino);
    });
    return all.flatMap(({ fh, upper }, i) => {
      if (sound[i] === true) return this.#keepSound(fh, upper);
      return isDir(upper.object) ? this.#directory(fh, upper) : this.#file(fh, upper);
    });
  }

  /** The lower object is where it was; where upper's directories are others, the entry has to say so. */
  #keepSound(fh: Buffer, { object, paths: [path] }: Upper): Action[] {
    this.#tally.sound++;
    const at = entryPlace(fh);
    const entry = this.#facts.examine(at);
    if (path === undefined || entry === null || !isDir(object) || !isDir(entry)) return [];
    if (this.#facts.claimants(fh).length > 1) return [];
    const steps = setXattr(this.#facts, at, "upper", this.#facts.encode(upperAt(path)));
    const evidence = "it is the one upper directory that has the origin which the entry is named after";
    return this.#action("set-upper", path, evidence, null, steps);
  }

  #directory(fh: Buffer, upper: Upper): Action[] {
    const path = upper.paths[0] ?? Buffer.alloc(0);
    const to = this.#names.directory(path, fh);
    if (to !== null && this.#isFree(to, upper)) {
      const entry = this.#facts.examine(entryPlace(fh));
      const isOwn = entry !== null && isDir(entry);
      const own = isOwn
        ? setXattr(this.#facts, entryPlace(fh), "upper", this.#facts.encode(upperAt(path)))
        : [];
      return this.#give(fh, upper, to, isOwn ? entry : null, own);
    }
    if (to !== null) {
      this.#tally.rivals.push(path);
      return [];
    }
    return this.#alone(path, upper.object);
  }

  /** Nothing of lower shows in it: from now on it is a directory that was made in upper. */
  #alone(path: Buffer, object: RawObject): Action[] {
    const at = upperAt(path);
    if (!isOpaqueUpper(this.#facts, path)) this.#tally.alone.push(path);
    const redirect = object.xattrs.get("redirect");
    const steps: Step[] = [];
    if (redirect !== undefined) {
      // What is below its own name now has nothing to do with it.
      if (wouldMerge(this.#facts, path)) steps.push(...setOpaque(this.#facts, at));
      steps.push(...removeXattr(this.#facts, at, "redirect"));
    }
    steps.push(...removeXattr(this.#facts, at, "origin"));
    const loses = Buffer.isBuffer(redirect) ? `where its lower directory was, ${quoted(redirect)}` : null;
    return this.#action("remove-origin", path, "no lower directory shows in it", loses, steps);
  }

  #file(fh: Buffer, upper: Upper): Action[] {
    const path = upper.paths[0] ?? Buffer.alloc(0);
    const entry = this.#facts.examine(entryPlace(fh));
    const isOwn = entry !== null && entry.ino === upper.ino;
    const to = this.#names.file(upper, fh);
    if (to !== null && this.#isFree(to, upper)) return this.#give(fh, upper, to, isOwn ? entry : null, []);
    if (to === null) this.#tally.unknown.push(path);
    else this.#tally.rivals.push(path);
    const steps: Step[] = [];
    let loses: string | null = null;
    if (isOwn) {
      this.done.add(fh.toString("latin1"));
      steps.push({ op: "unlink", at: entryPlace(fh), other: upperAt(path), seen: seen(entry) });
      const below = this.#names.namesBelow(upper);
      if (below !== 0) {
        this.#tally.cutOff.push(path);
        const count = below === null ? "the names" : plural(below, "name");
        loses = `what it shows under ${count} of its lower object, which show that object again`;
      }
    }
    // Without a lower object nobody asks for its nlink.
    steps.push(...setXattr(this.#facts, upperAt(path), "origin", UNKNOWN));
    const evidence =
      to === null
        ? "nothing shows what it came from; without that its handle points into upper, and is stable"
        : `${to.evidence}, which another object of upper came from`;
    return this.#action("set-origin", path, evidence, loses, steps);
  }

  /** The origin, and the entry under its new name. `entry`: the object's own. `own`: what has to be set on it. */
  #give(
    fh: Buffer,
    { ino, object, paths }: Upper,
    to: Translated,
    entry: RawObject | null,
    own: readonly Step[],
  ): Action[] {
    const path = paths[0] ?? Buffer.alloc(0);
    this.#tally.translated++;
    this.#names.take(to.fh, ino);
    const at = upperAt(path);
    const steps: Step[] = [...this.#clear(fh, to.fh), ...own];
    steps.push(...setXattr(this.#facts, at, "origin", to.fh));
    if (entry !== null) {
      this.done.add(fh.toString("latin1"));
      steps.push(...this.#rename(fh, to.fh, entry, at));
    } else this.#noteTorn(fh, object, path);
    return this.#action("set-origin", path, to.evidence, to.risk ?? null, steps);
  }

  #rename(fh: Buffer, to: Buffer, entry: RawObject, object: Place): Step[] {
    if (to.equals(fh)) return [];
    const at = entryPlace(fh);
    const there = this.#facts.examine(entryPlace(to));
    if (there === null || isWhiteoutDevice(there))
      return [{ op: "move", at, to: entryPlace(to), seen: seen(entry) }];
    // An entry is there already: this one is not needed.
    if (isDir(entry)) return keep(this.#facts, at);
    return [{ op: "unlink", at, other: object, seen: seen(entry) }];
  }

  /** A tombstone in the place: what it stood for is not gone. */
  #clear(fh: Buffer, to: Buffer): Step[] {
    const there = to.equals(fh) ? null : this.#facts.examine(entryPlace(to));
    if (there === null || !isWhiteoutDevice(there)) return [];
    this.done.add(to.toString("latin1"));
    return keep(this.#facts, entryPlace(to));
  }

  #noteTorn(fh: Buffer, object: RawObject, path: Buffer): void {
    const entry = this.#facts.examine(entryPlace(fh));
    if (entry !== null && !isDir(object) && !isDir(entry) && !isWhiteoutDevice(entry))
      this.#tally.torn.push(path);
  }

  /** Nobody else has the lower object, nor its place in the index. */
  #isFree({ fh }: Translated, { ino, object }: Upper): boolean {
    const there = this.#facts.examine(entryPlace(fh));
    const isOthers = there !== null && !isWhiteoutDevice(there) && there.ino !== ino && !isDir(object);
    return !isOthers && this.#names.take(fh, ino);
  }

  #action(
    action: ActionKind,
    path: Buffer,
    evidence: string,
    loses: string | null,
    steps: readonly Step[],
    target: Place = upperAt(path),
  ): Action[] {
    if (steps.length === 0) return [];
    const because = { code: "restamp" as const, layer: "upper", path, message: "the lower layer was moved" };
    return [{ action, target, because, evidence, safety: "confirm", loses, steps }];
  }
}
