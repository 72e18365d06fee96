/** What the actions of one plan change, so that none of them pulls the ground from under another. */
import { inodeKey, placeKey } from "./place.js";
import type { Action, Place, Step } from "./types.js";

/**
 * Of actions that would have a part in one thing only the first is taken: what the others meant may look different once
 * that one is done, and is planned anew then.
 */
export class Touched {
  /** Names that are made, taken away or given away. */
  readonly #names = new Set<string>();
  /** Names that have to stay: the inode that loses another one lives on by them. */
  readonly #needed = new Set<string>();
  /** What is not in its place any more, and nothing below it. */
  readonly #moved = new Set<string>();
  readonly #inodes = new Map<number | string, readonly string[]>();

  /** False, and nothing taken, where an earlier action has a part in what this one changes. */
  take(action: Action): boolean {
    const parts = action.steps.map(partsOf);
    if (!parts.every((part) => this.#isFree(part))) return false;
    for (const part of parts) this.#add(part);
    return true;
  }

  #add({ changed, needed, moved, inode, aspect }: Part): void {
    for (const name of changed) this.#names.add(name);
    if (needed !== null) this.#needed.add(needed);
    if (moved !== null) this.#moved.add(moved);
    if (inode === null) return;
    const aspects = this.#inodes.get(inode) ?? [];
    if (!aspects.includes(aspect)) this.#inodes.set(inode, [...aspects, aspect]);
  }

  #isFree({ step, changed, needed, inode, aspect }: Part): boolean {
    if (changed.some((name) => this.#names.has(name) || this.#needed.has(name))) return false;
    if (needed !== null && this.#names.has(needed)) return false;
    // Most plans move nothing, and need not know what is above a name.
    if (this.#moved.size > 0 && waysOf(step).some((way) => this.#isBelowMoved(way))) return false;
    const aspects = inode === null ? undefined : this.#inodes.get(inode);
    return aspects === undefined || aspects.every((other) => goTogether(aspect, other));
  }

  #isBelowMoved(place: Place): boolean {
    const key = placeKey(place);
    for (let slash = key.lastIndexOf("/"); slash > 0; slash = key.lastIndexOf("/", slash - 1)) {
      if (this.#moved.has(key.slice(0, slash))) return true;
    }
    return false;
  }
}

/** What a step has to do with names and with an inode. */
interface Part {
  readonly step: Step;
  readonly changed: readonly string[];
  readonly needed: string | null;
  /** A name such that what is below it has to be looked for elsewhere. */
  readonly moved: string | null;
  readonly inode: number | string | null;
  /** What of the inode: a name less, its links, another place, or one xattr. */
  readonly aspect: string;
}

/** Takes a name away. Tombstones are links of one inode: any number of them may go. */
const NAME_LESS = "name less";
/** The index goes by the origin: a file's entry, one of its links, and its origin do not change apart. */
const LINKS = "links";
const PLACE = "place";

function goTogether(a: string, b: string): boolean {
  if (a === b) return a === NAME_LESS;
  return ![NAME_LESS, PLACE].some((one) => one === a || one === b);
}

function partsOf(step: Step): Part {
  const part = {
    step,
    changed: [],
    needed: null,
    moved: null,
    inode: step.op === "make" ? null : inodeKey(step.at.layer, step.seen.ino),
    aspect: "",
  };
  if (step.op === "xattr")
    return { ...part, aspect: step.name === "origin" ? LINKS : `xattr ${step.prefix ?? ""}${step.name}` };
  const at = placeKey(step.at);
  switch (step.op) {
    case "fill":
      return { ...part, aspect: "data" };
    case "link":
      return { ...part, changed: [at], needed: placeKey(step.from), aspect: LINKS };
    case "unlink":
      return { ...part, changed: [at], needed: placeKey(step.other), aspect: NAME_LESS };
    case "uncover":
      return { ...part, changed: [at], aspect: NAME_LESS };
    case "move":
      return { ...part, changed: [at, placeKey(step.to)], moved: at, aspect: PLACE };
    case "keep":
      return { ...part, changed: [at], moved: at, aspect: NAME_LESS };
    case "make":
      return { ...part, changed: [at] };
  }
}

/** Places whose directories must be where they were. */
function waysOf(step: Step): readonly Place[] {
  if (step.op === "link") return [step.at, step.from];
  return step.op === "move" ? [step.at, step.to] : [step.at];
}
