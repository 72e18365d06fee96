/**
 * What can become of a handle, one entry each: kept as a byte a handle, so that a million of them take a megabyte.
 * "deleted" is as it should be; so is "same".
 */
import type { StaleReason } from "../kernel/decode.js";

export type Outcome = "same" | "deleted" | "stale" | "wrong";

export const VERDICTS = {
  same: { outcome: "same", reason: "it leads to the same object" },
  "same-second-inode": {
    outcome: "same",
    reason: "it leads to the same file by a second inode number: the file has got an index entry since",
  },
  deleted: { outcome: "deleted", reason: "the object was deleted" },
  "deleted-and-opens": {
    outcome: "deleted",
    reason:
      "the object was deleted, and the kernel opens it still: it counts links of the lower file that never showed",
  },

  "stale-not-mounted": { outcome: "stale", reason: "the overlay cannot be mounted with nfs_export=on" },
  "stale-not-a-handle": {
    outcome: "stale",
    reason: "this kernel does not take it for a handle of an overlay",
  },
  "stale-not-exported": { outcome: "stale", reason: "the overlay is not exported: nfs_export is off" },
  "stale-no-upper": { outcome: "stale", reason: "it points into an upper layer, and there is none" },
  "stale-other-filesystem": {
    outcome: "stale",
    reason: "it points to a filesystem that no layer is on: the layers were moved or restored",
  },
  "stale-other-layer": {
    outcome: "stale",
    reason: "the layer it points into is not the one it was saved from: the layers were copied or restored",
  },
  "stale-object-gone": {
    outcome: "stale",
    reason: "the real object is gone, and a name still shows its copy",
  },
  "stale-tombstone": {
    outcome: "stale",
    reason: "the index has a tombstone for it, and a name should still show it",
  },
  "stale-entry": {
    outcome: "stale",
    reason: "its index entry leads nowhere, and a name should still show it",
  },
  "stale-entry-origin": {
    outcome: "stale",
    reason: "its index entry is of an object with another origin, and a name should still show it",
  },
  "stale-not-connected": {
    outcome: "stale",
    reason: "no way of names leads to the directory, and a name should still show it",
  },
  "stale-named": { outcome: "stale", reason: "it leads nowhere, and its name is still there" },

  "wrong-old-data": {
    outcome: "wrong",
    reason: "it leads to the old data: the object was copied up since, and the index does not know",
  },
  "wrong-deleted": { outcome: "wrong", reason: "the object was deleted, and still opens" },
  "wrong-unnamed": {
    outcome: "wrong",
    reason: "it opens an object that no name shows: deleted, or copied up since without the index",
  },
  "wrong-object": { outcome: "wrong", reason: "it leads to another object" },
  "wrong-type": { outcome: "wrong", reason: "it leads to an object of another type" },
  "wrong-content": {
    outcome: "wrong",
    reason: "the content is not the one that was saved, though nothing was said to have been written",
  },
  "wrong-unreadable": { outcome: "wrong", reason: "the object is the same, and its content cannot be read" },
} as const satisfies Record<string, { outcome: Outcome; reason: string }>;

export type Verdict = keyof typeof VERDICTS;

const NUMBERED = Object.keys(VERDICTS) as Verdict[];
/** The first of them. */
const SAME = 0;
const NUMBERS = new Map(NUMBERED.map((verdict, number) => [verdict, number]));

/** Verdicts of records by number, a byte each; "same" until another is given. */
export class VerdictList {
  readonly #bytes: Uint8Array;
  readonly #counts = new Float64Array(NUMBERED.length);

  constructor(readonly size: number) {
    this.#bytes = new Uint8Array(size);
    this.#counts[SAME] = size;
  }

  set(record: number, verdict: Verdict): void {
    const before = this.#bytes[record] as number;
    const number = NUMBERS.get(verdict) ?? SAME;
    this.#bytes[record] = number;
    this.#counts[before] = (this.#counts[before] as number) - 1;
    this.#counts[number] = (this.#counts[number] as number) + 1;
  }

  at(record: number): Verdict {
    return NUMBERED[this.#bytes[record] as number] as Verdict;
  }

  outcome(record: number): Outcome {
    return VERDICTS[this.at(record)].outcome;
  }

  count(outcome: Outcome): number {
    let count = 0;
    for (const [number, verdict] of NUMBERED.entries()) {
      if (VERDICTS[verdict].outcome === outcome) count += this.#counts[number] as number;
    }
    return count;
  }

  /** How often one verdict was given. */
  times(verdict: Verdict): number {
    return this.#counts[NUMBERS.get(verdict) ?? SAME] as number;
  }

  /** Verdicts of an outcome that were given, and how often, the most frequent first. */
  byVerdict(outcome: Outcome): { readonly verdict: Verdict; readonly count: number }[] {
    return NUMBERED.map((verdict, number) => ({ verdict, count: this.#counts[number] as number }))
      .filter(({ verdict, count }) => count > 0 && VERDICTS[verdict].outcome === outcome)
      .sort((a, b) => b.count - a.count);
  }
}

/** Of a handle that leads nowhere while a name still shows, or should show, its object. */
export const STALE_NAMED = {
  "not-a-handle": "stale-not-a-handle",
  "not-exported": "stale-not-exported",
  "no-upper": "stale-no-upper",
  "object-gone": "stale-object-gone",
  tombstone: "stale-tombstone",
  "outside-layers": "stale-not-connected",
  "entry-stale": "stale-entry",
  "entry-origin-mismatch": "stale-entry-origin",
  "not-connected": "stale-not-connected",
} as const satisfies Record<StaleReason, Verdict>;

/** Reasons that say nothing about the object: nobody can have deleted it by them. */
export const NEVER_DELETED: ReadonlySet<StaleReason> = new Set(["not-a-handle", "not-exported", "no-upper"]);
