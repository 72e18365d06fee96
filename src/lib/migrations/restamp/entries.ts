/** Index entries that no upper object has spoken for: tombstones, files that only they hold, copies that were torn off. */

import { decodeIndexName } from "../../format/indexName.js";
import type { RawObject } from "../../host/native.js";
import { isDir, isWhiteoutDevice } from "../../kernel/env.js";
import type { Facts } from "../../plan/facts.js";
import { keep, seen, setXattr } from "../../plan/planners/changes.js";
import { entryPlace } from "../../plan/planners/directory-entries.js";
import { INDEX } from "../../plan/planners/index-directory.js";
import { lostData, takeOut } from "../../plan/planners/index-entries.js";
import type { Action, ActionKind, Step } from "../../plan/types.js";
import { plural } from "../../report/text.js";
import { isTorn } from "./moved.js";
import type { Translator } from "./translate.js";

/** Decides about what {@link Restamper} has left in the index. */
export class Sweeper {
  /** Entries that hold a file alone and are given up, as shown: their lower names show the lower object again. */
  readonly givenUp: Buffer[] = [];
  #areVoid = false;
  readonly #facts: Facts;
  readonly #names: Translator;

  constructor(facts: Facts, names: Translator) {
    this.#facts = facts;
    this.#names = names;
  }

  /** `done`: entries of which is decided, by their handle. `areVoid`: no tombstone is right any more. */
  entries(done: ReadonlySet<string>, areVoid: boolean): Action[] {
    this.#areVoid = areVoid;
    return this.#facts.list(INDEX).flatMap((name) => {
      const verdict = decodeIndexName(name);
      if (verdict.kind !== "valid" || !verdict.canonical) return [];
      const fh = verdict.bytes;
      if (done.has(fh.toString("latin1"))) return [];
      const entry = this.#facts.examine(entryPlace(fh));
      return entry === null ? [] : this.#entry(fh, entry);
    });
  }

  #entry(fh: Buffer, entry: RawObject): Action[] {
    const type = isWhiteoutDevice(entry) ? null : entry;
    const paths = type === null || isDir(entry) ? [] : this.#facts.upperNames(entry.ino);
    if (type !== null && !isDir(entry) && paths.length === 0 && isTorn(this.#facts, fh)) {
      const evidence = "a copy that was torn off: an upper object has the origin that it is named after";
      return this.#take(fh, "keep-entry", evidence, null, keep(this.#facts, entryPlace(fh)));
    }
    // Of lower layers that have moved no tombstone is right, also where it was made since: the index gets new ones.
    if (!(type === null && this.#areVoid) && this.#names.isSound(fh, paths, type)) return [];
    if (type === null) {
      const evidence =
        "it is of the layers as they were; what is deleted gets a tombstone anew once all origins are right";
      return this.#take(fh, "remove-tombstone", evidence, null, keep(this.#facts, entryPlace(fh)));
    }
    if (isDir(entry)) {
      const evidence = "no upper directory has the origin that it is named after";
      return this.#take(fh, "keep-entry", evidence, null, keep(this.#facts, entryPlace(fh)));
    }
    return paths.length > 0 ? this.#odd(fh, entry) : this.#alone(fh, entry);
  }

  /** A link of an upper object that has another origin. */
  #odd(fh: Buffer, entry: RawObject): Action[] {
    const { steps } = takeOut(this.#facts, entryPlace(fh), entry);
    return this.#take(fh, "remove-entry", "its object has another origin", null, steps);
  }

  #alone(fh: Buffer, entry: RawObject): Action[] {
    const at = entryPlace(fh);
    const upper = { ino: entry.ino, object: entry, paths: [] };
    const to = this.#names.file(upper, fh);
    const isFree = to !== null && this.#facts.examine(entryPlace(to.fh)) === null;
    if (isFree && this.#names.take(to.fh, entry.ino)) {
      const origin = setXattr(this.#facts, at, "origin", to.fh);
      const move: Step = { op: "move", at, to: entryPlace(to.fh), seen: seen(entry) };
      return this.#take(fh, "rename-entry", to.evidence, null, [...origin, move]);
    }
    const below = this.#names.namesBelow(upper);
    if (below !== 0) this.givenUp.push(at.path);
    const names = below === null ? "the names" : plural(below, "name");
    const loses =
      below === 0
        ? null
        : `what ${names} of its lower object showed, which show that object again; ${lostData(entry)}`;
    const evidence = "nothing shows what it came from, and nothing in upper has it";
    return this.#take(fh, "keep-entry", evidence, loses, keep(this.#facts, at));
  }

  #take(
    fh: Buffer,
    action: ActionKind,
    evidence: string,
    loses: string | null,
    steps: readonly Step[],
  ): Action[] {
    if (steps.length === 0) return [];
    const target = entryPlace(fh);
    const path = target.path.subarray(INDEX.path.length + 1);
    const because = {
      code: "restamp" as const,
      layer: "index",
      path,
      message: "its handle is of the layers as they were",
    };
    return [{ action, target, because, evidence, safety: "confirm", loses, steps }];
  }
}
