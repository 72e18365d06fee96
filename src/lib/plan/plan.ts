/**
 * From findings to a plan. Each finding's planner proposes actions on its own;
 * here they are put into one order, and of several that touch the same thing only the first
 * is taken: what the others meant may look different once that is done, so they wait for the next round.
 */
import type { Code, Finding, LayerName } from "../catalogue/index.js";
import { HostError } from "../host/errno.js";
import { isPart } from "./cause.js";
import type { Facts } from "./facts.js";
import { countsOnAbsence, isBrokenName } from "./names-first.js";
import { Touched } from "./touched.js";
import { ACTIONS, type Action, type Left, type Plan, type Planner } from "./types.js";

/** One planner for each code: a code without one does not compile. */
export type Planners = { readonly [C in Code]: Planner<C> };

export interface PlanOptions {
  readonly lower: WritableLowers;
}

/**
 * Lower layers that may be written. `in-place`: their filesystem is not that of the work directory, so that nothing can
 * be moved aside, and only what can be written down is changed: xattrs, and whiteouts.
 */
export type WritableLowers = ReadonlyMap<LayerName, "all" | "in-place">;

/** Pure but for what `facts` reads. */
export function makePlan(
  findings: readonly Finding[],
  planners: Planners,
  facts: Facts,
  options: PlanOptions,
): Plan {
  let proposed: Action[] = [];
  const left: Left[] = [];
  for (const finding of findings) {
    const answer = propose(finding, planners, facts);
    if ("left" in answer) left.push({ finding, why: answer.left });
    else if (!answer.actions.every((action) => mayCarryOut(action, options.lower)))
      left.push({ finding, why: LOWER });
    else proposed.push(...answer.actions);
  }
  if (findings.some(isOpenTie)) {
    const isTie = ({ because }: Action): boolean => !isPart(because) && isOpenTie(because);
    const ties = proposed.filter(isTie);
    const waiting = proposed.filter((action) => !isTie(action));
    proposed = ties;
    // Once the layers are known to belong together, the next round plans the rest.
    if (ties.length === 0)
      for (const { because } of waiting) if (!isPart(because)) left.push({ finding: because, why: TIES });
  }
  if (left.some(({ finding }) => isBrokenName(finding))) {
    const waiting = proposed.filter(countsOnAbsence);
    proposed = proposed.filter((action) => !countsOnAbsence(action));
    for (const { because } of waiting) if (!isPart(because)) left.push({ finding: because, why: BROKEN });
  }
  const rank = new Map(ACTIONS.map((kind, i) => [kind, i]));
  const ordered = [...new Set(proposed)]
    .map((action, position) => ({ action, position, rank: rank.get(action.action) ?? 0 }))
    .sort((a, b) => a.rank - b.rank || a.position - b.position);
  const taken = new Touched();
  const actions = ordered.flatMap(({ action }) => (taken.take(action) ? [action] : []));
  return { actions, left };
}

const LOWER =
  "the mending is in a lower layer, which other overlays may share: allow it with --write-lower where it is on a filesystem that can be written, the work directory's if anything but a whiteout has to be moved aside; or mend it where the layer is made";

const TIES = "make sure first that these layers belong together: the mount is refused for that";
const BROKEN = "mend the broken names first: what seems to be gone may be what they led to";

/** The mount is refused, for the layers are not, or do not seem to be, those of one overlay. */
function isOpenTie({ code, severity }: Finding): boolean {
  return severity === "error" && TIE_CODES.has(code);
}

const TIE_CODES: ReadonlySet<Code> = new Set([
  "root-origin-mismatch",
  "index-upper-mismatch",
  "uuid-mode-changed",
]);

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

/** Are all its changes in layers that may be written? */
export function mayCarryOut({ steps }: Action, lower: WritableLowers): boolean {
  return steps.every((step) => {
    const { op, at } = step;
    if (at.layer === "upper" || at.layer === "work") return true;
    const may = lower.get(at.layer);
    const isInPlace = op === "xattr" || (op === "uncover" && step.like !== null);
    return may === "all" || (may === "in-place" && isInPlace);
  });
}
