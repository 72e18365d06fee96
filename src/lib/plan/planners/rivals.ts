/**
 * Upper directories that have part in one lower one, and which of them stays. There may be thousands, each with a
 * finding of its own: they are ranked once for all of these.
 */
import type { Facts } from "../facts.js";
import { entryUpper } from "./directory-entries.js";
import { handleOf, identityKey, isThis, type LowerIdentity } from "./lower-identity.js";
import { lowerBeside, lowerShown, originOf, sameObject } from "./lower-parts.js";

/** An upper directory with part in the lower one. The highest `rank` stays, `why` in words. */
export interface Rival {
  readonly path: Buffer;
  readonly rank: number;
  readonly why: string;
}

const bySession = new WeakMap<Facts, Map<string, Rivals>>();

/** `other`: one that lookups meet before those that have findings. */
export function rivalsFor(facts: Facts, lower: LowerIdentity, other: Buffer | null): Rivals {
  const all = bySession.get(facts) ?? new Map<string, Rivals>();
  bySession.set(facts, all);
  const key = identityKey(lower);
  const rivals = all.get(key) ?? new Rivals(facts, lower, other);
  all.set(key, rivals);
  return rivals;
}

export class Rivals {
  readonly #facts: Facts;
  readonly #lower: LowerIdentity;
  readonly #entry: Buffer | null;
  /** By path; null: it has no part in the lower directory. */
  readonly #ranked = new Map<string, Rival | null>();
  #best: Rival | null = null;
  #size = 0;
  /** They name it as their origin and show nothing of it, so that no finding is about them. */
  #silent: readonly Rival[];

  constructor(facts: Facts, lower: LowerIdentity, other: Buffer | null) {
    this.#facts = facts;
    this.#lower = lower;
    const fh = handleOf(lower);
    this.#entry = fh === null ? null : entryUpper(facts, fh);
    const claims = fh === null ? [] : facts.claimants(fh).flatMap(({ isDir, paths }) => (isDir ? paths : []));
    for (const path of [other, this.#entry]) if (path !== null) this.rank(path);
    const ranked = claims.map((path) => this.rank(path)).filter((one) => one !== null);
    this.#silent = ranked.filter(({ rank }) => rank === 0);
  }

  /** Of those ranked so far; of two that are alike the first. */
  get best(): Rival | null {
    return this.#best;
  }

  /** Those ranked so far that have part in it. */
  get size(): number {
    return this.#size;
  }

  /** The upper directory that the index entry of the lower one points at. */
  get entry(): Buffer | null {
    return this.#entry;
  }

  /** Told once: somebody has to answer for them. */
  takeSilent(): readonly Rival[] {
    const silent = this.#silent;
    this.#silent = [];
    return silent;
  }

  /** Null where it has no part in the lower directory. */
  rank(path: Buffer): Rival | null {
    const key = path.toString("latin1");
    const known = this.#ranked.get(key);
    if (known !== undefined) return known;
    const rival = this.#judge(path);
    this.#ranked.set(key, rival);
    if (rival === null) return null;
    this.#size++;
    if (this.#best === null || rival.rank > this.#best.rank) this.#best = rival;
    return rival;
  }

  #judge(path: Buffer): Rival | null {
    const fh = handleOf(this.#lower);
    const shown = lowerShown(this.#facts, path);
    const merged = isThis(shown, this.#lower);
    const hasOrigin = fh !== null && originOf(this.#facts, path)?.equals(fh) === true;
    if (!merged && !hasOrigin) return null;
    const beside = merged ? lowerBeside(this.#facts, path) : null;
    const isAtHome = shown !== null && beside !== null && sameObject(shown.lower.object, beside.object);
    const reasons: readonly (readonly [weight: number, holds: boolean, why: string])[] = [
      [
        8,
        merged && hasOrigin && this.#entry?.equals(path) === true,
        "the index entry of that directory points at it",
      ],
      [4, merged && isAtHome, "it stands where that directory is"],
      [2, merged && hasOrigin, "it has that directory as its origin"],
      [1, merged, "it shows that directory"],
    ];
    return {
      path,
      rank: reasons.reduce((sum, [weight, holds]) => sum + (holds ? weight : 0), 0),
      why: reasons.find(([, holds]) => holds)?.[2] ?? "it comes first",
    };
  }
}
