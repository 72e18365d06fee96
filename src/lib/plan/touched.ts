/** What the actions of one plan change, so that none of them pulls the ground from under another. */
import type { Action, Place, Step } from "./types.js";

export class Touched {
  /** Names that are made, taken away or given away. */
  readonly #names = new Set<string>();
  /** Names that have to stay: the inode that loses another one lives on by them. */
  readonly #needed = new Set<string>();
  /** What is not in its place any more, and nothing below it. */
  readonly #moved = new Set<string>();
  readonly #inodes = new Map<string, Set<string>>();

  /** False, and nothing taken, where an earlier action has a part in what this one changes. */
  take(action: Action): boolean {
    const parts = action.steps.map(partsOf);
    if (!parts.every((part) => this.#isFree(part))) return false;
    for (const { names, needs, moved, inode, aspect } of parts) {
      for (const name of names) this.#names.add(name);
      for (const name of needs) this.#needed.add(name);
      for (const name of moved) this.#moved.add(name);
      if (inode === null) continue;
      const aspects = this.#inodes.get(inode) ?? new Set();
      this.#inodes.set(inode, aspects.add(aspect));
    }
    return true;
  }

  #isFree({ names, needs, above, inode, aspect }: Parts): boolean {
    if (names.some((name) => this.#names.has(name) || this.#needed.has(name))) return false;
    if (needs.some((name) => this.#names.has(name)) || above.some((dir) => this.#moved.has(dir)))
      return false;
    const aspects = inode === null ? undefined : this.#inodes.get(inode);
    return aspects === undefined || [...aspects].every((other) => goTogether(aspect, other));
  }
}

interface Parts {
  readonly names: readonly string[];
  readonly needs: readonly string[];
  /** Names that what is below them has to be looked for elsewhere. */
  readonly moved: readonly string[];
  /** The directories that the names are in. */
  readonly above: readonly string[];
  readonly inode: string | null;
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

function partsOf(step: Step): Parts {
  const at = key(step.at);
  const parts = { names: [at], needs: [], moved: [], above: directoriesAbove(step.at) };
  switch (step.op) {
    case "xattr": {
      const aspect = step.name === "origin" ? LINKS : `xattr ${step.name}`;
      return { ...parts, names: [], inode: inodeOf(step), aspect };
    }
    case "link": {
      const above = [...parts.above, ...directoriesAbove(step.from)];
      return { ...parts, needs: [key(step.from)], above, inode: inodeOf(step), aspect: LINKS };
    }
    case "unlink":
      return { ...parts, needs: [key(step.other)], inode: inodeOf(step), aspect: NAME_LESS };
    case "move": {
      const above = [...parts.above, ...directoriesAbove(step.to)];
      return { ...parts, names: [at, key(step.to)], moved: [at], above, inode: inodeOf(step), aspect: PLACE };
    }
    case "keep":
      return { ...parts, moved: [at], inode: inodeOf(step), aspect: NAME_LESS };
    case "make":
      return { ...parts, inode: null, aspect: "" };
  }
}

const SLASH = 0x2f;

function directoriesAbove({ layer, path }: Place): string[] {
  const above: string[] = [];
  for (let slash = path.lastIndexOf(SLASH); slash > 0; slash = path.lastIndexOf(SLASH, slash - 1))
    above.push(key({ layer, path: path.subarray(0, slash) }));
  return above;
}

const key = ({ layer, path }: Place): string => `${layer} ${path.toString("latin1")}`;

/** Upper and work are one filesystem. */
function inodeOf({ at, seen }: Exclude<Step, { op: "make" }>): string {
  return `${at.layer === "work" ? "upper" : at.layer} ${seen.ino}`;
}
