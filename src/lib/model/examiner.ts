/**
 * Looks names up as the kernel does, in both views. A lookup that depends on an index entry
 * not yet known to survive the mount is put off until the whole index has been judged.
 */

import { type Lookup, lookup } from "../kernel/lookup.js";
import { join } from "../kernel/path.js";
import { type Comparer, sameStack } from "./compare.js";
import type { ImpureMarks } from "./impure-marks.js";
import { connects, type MergedDir, type NameObservation } from "./merged.js";
import type { SeenName } from "./observation.js";
import type { Survey } from "./survey.js";

interface Deferred {
  readonly dir: MergedDir;
  readonly name: Buffer;
  readonly seen: SeenName;
}

/** Tells the comparer and `onName` of each name once, when it has been looked up. */
export class NameExaminer {
  readonly #s: Survey;
  readonly #compare: Comparer;
  readonly #onName: (observation: NameObservation) => void;
  readonly #impure: ImpureMarks;
  #deferred: Deferred[] = [];

  constructor(
    survey: Survey,
    compare: Comparer,
    impure: ImpureMarks,
    onName: (observation: NameObservation) => void,
  ) {
    this.#s = survey;
    this.#compare = compare;
    this.#impure = impure;
    this.#onName = onName;
  }

  /** Look a name up in both views, unless the answer hangs on an entry that has not been judged. */
  examine(dir: MergedDir, name: Buffer, seen: SeenName): void {
    const { views, index } = this.#s;
    if (index !== null) index.unsettled = false;
    const required = lookup(views.required, dir.stack, name);
    if (index?.unsettled === true) {
      this.#deferred.push({ dir, name, seen });
      return;
    }
    const plain = lookup(views.plain, dir.stack, name);
    // Inside, each name will be looked up in the index.
    if (index?.settled === false && isTwofold(required, plain)) {
      this.#deferred.push({ dir, name, seen });
      return;
    }
    const path = join(dir.path, name);
    this.#impure.wantFor(dir, name, plain);
    this.#onName({ ...seen, dir, name, path, lookups: { required, plain } });
    // What a middle layer covers has never shown in this overlay.
    if (seen.layer.role === "upper") this.#compare.account(dir, name, path, seen, { required, plain });
    this.#compare.names(path, required, plain, {
      counted: dir.counted,
      connects: required.kind === "found" && connects(dir, name, required),
    });
  }

  /** What had to wait for the index. More of it may turn up in the directories that `drain` reads. */
  async finish(drain: () => Promise<void>): Promise<void> {
    for (let waiting = this.#deferred; waiting.length > 0; waiting = this.#deferred) {
      this.#deferred = [];
      for (const { dir, name, seen } of waiting) this.examine(dir, name, seen);
      await drain();
    }
  }
}

const isTwofold = (a: Lookup, b: Lookup): boolean =>
  a.kind === "found" && b.kind === "found" && a.isDir && b.isDir && !sameStack(a, b);
