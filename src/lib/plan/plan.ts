/**
 * From findings to a plan. Each finding's planner proposes actions on its own;
 * here they are put into one order, and of several that touch the same thing only the first
 * is taken: what the others meant may look different once that is done, so they wait for the next round.
 */
import type { Code, Finding } from "../catalogue/index.js";
import { HostError } from "../host/errno.js";
import type { Facts } from "./facts.js";
import { ACTIONS, type Action, type Left, type Place, type Plan, type Planner, type Step } from "./types.js";

export type Planners = { readonly [C in Code]: Planner<C> };

export interface PlanOptions {
  /** Lower layers may be written. */
  readonly lower: boolean;
}

/** Pure but for what `facts` reads. */
export function makePlan(
  findings: readonly Finding[],
  planners: Planners,
  facts: Facts,
  options: PlanOptions,
): Plan {
  const proposed: Action[] = [];
  const left: Left[] = [];
  for (const finding of findings) {
    const answer = propose(finding, planners, facts);
    if ("left" in answer) left.push({ finding, why: answer.left });
    else if (!options.lower && answer.actions.some(writesLower)) left.push({ finding, why: LOWER });
    else proposed.push(...answer.actions);
  }
  const rank = new Map(ACTIONS.map((kind, i) => [kind, i]));
  const ordered = proposed
    .map((action, position) => ({ action, position, rank: rank.get(action.action) ?? 0 }))
    .sort((a, b) => a.rank - b.rank || a.position - b.position);
  const taken = new Touched();
  const actions = ordered.flatMap(({ action }) => (taken.take(action) ? [action] : []));
  return { actions, left };
}

const LOWER =
  "the mending is in a lower layer, which other overlays may share: allow it with --write-lower, or mend it where the layer is made";

function propose<C extends Code>(
  finding: Finding<C>,
  planners: Planners,
  facts: Facts,
): ReturnType<Planner<C>> {
  try {
    return planners[finding.code](finding, facts);
  } catch (error) {
    if (error instanceof HostError) return { left: `cannot be planned: ${error.message}` };
    throw error;
  }
}

function writesLower({ steps }: Action): boolean {
  return steps.some(({ at }) => at.layer !== "upper" && at.layer !== "work");
}

/** What the actions of a plan change: names, and of inodes their links, single xattrs, or where they are. */
class Touched {
  readonly #keys = new Set<string>();
  /** Inodes of which anything changes. */
  readonly #inodes = new Set<string>();
  /** What is not in its place any more, and nothing below it. */
  readonly #moved = new Set<string>();

  /** False, and nothing taken, where an earlier action has a part in what this one changes. */
  take(action: Action): boolean {
    const parts = action.steps.map(partsOf);
    const free = parts.every(
      ({ names, above, inode, aspect }) =>
        names.every((name) => !this.#keys.has(name)) &&
        !above.some((dir) => this.#moved.has(dir)) &&
        (inode === null ||
          (aspect === MOVED
            ? !this.#inodes.has(inode)
            : !this.#keys.has(inode + aspect) && !this.#keys.has(inode + MOVED))),
    );
    if (!free) return false;
    for (const { names, inode, aspect } of parts) {
      for (const name of names) this.#keys.add(name);
      if (inode === null) continue;
      if (aspect === MOVED) this.#moved.add(names[0] ?? "");
      this.#inodes.add(inode);
      this.#keys.add(inode + aspect);
    }
    return true;
  }
}

interface Parts {
  readonly names: readonly string[];
  /** The directories that the names are in. */
  readonly above: readonly string[];
  readonly inode: string | null;
  /** What of the inode: {@link MOVED}, its links, or an xattr. */
  readonly aspect: string;
}

const MOVED = "moved";
/** The index goes by the origin: a file's entry, one of its links, and its origin do not change apart. */
const LINKS = "links";

function partsOf(step: Step): Parts {
  const places = [step.at, ...(step.op === "move" ? [step.to] : step.op === "link" ? [step.from] : [])];
  return { ...changedBy(step), above: places.flatMap(directoriesAbove) };
}

function directoriesAbove({ layer, path }: Place): string[] {
  const above: string[] = [];
  for (let slash = path.lastIndexOf(SLASH); slash > 0; slash = path.lastIndexOf(SLASH, slash - 1))
    above.push(placeKey({ layer, path: path.subarray(0, slash) }));
  return above;
}

const SLASH = 0x2f;

function changedBy(step: Step): Omit<Parts, "above"> {
  const at = placeKey(step.at);
  switch (step.op) {
    case "xattr":
      return {
        names: [],
        inode: inodeKey(step),
        aspect: step.name === "origin" ? LINKS : `xattr ${step.name}`,
      };
    case "link":
      return { names: [at], inode: inodeKey(step), aspect: LINKS };
    case "unlink":
      return { names: [at, placeKey(step.other)], inode: inodeKey(step), aspect: LINKS };
    case "move":
      return { names: [at, placeKey(step.to)], inode: inodeKey(step), aspect: MOVED };
    case "keep":
      return { names: [at], inode: inodeKey(step), aspect: MOVED };
    case "make":
      return { names: [at], inode: null, aspect: "" };
  }
}

const placeKey = ({ layer, path }: Place): string => `${layer} ${path.toString("latin1")}`;

/** Upper and work are one filesystem. */
function inodeKey({ at, seen }: Exclude<Step, { op: "make" }>): string {
  const filesystem = at.layer === "work" ? "upper" : at.layer;
  return `${filesystem} ${seen.ino} `;
}
