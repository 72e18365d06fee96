/** What migrations that answer findings have in common: which findings, and whether it is their turn. */
import { type Code, entryOf, type Finding } from "../catalogue/index.js";
import { makePlan, type Planners } from "../plan/plan.js";
import type { Plan } from "../plan/types.js";
import { lostXattrs } from "./restamp/lost.js";
import type { Past } from "./types.js";

/** As long as these stand no origin can be trusted, and an index made from them would be wrong as a whole. */
const UNSETTLED: ReadonlySet<Code> = new Set([
  "root-origin-mismatch",
  "index-upper-mismatch",
  "uuid-mode-changed",
]);

export const isSettled = (past: Past): boolean =>
  !past.result.findings.some(({ code, severity }) => severity === "error" && UNSETTLED.has(code)) &&
  lostXattrs(past) === null;

/** Gone once what causes them is in the index. */
const CONSEQUENCES: ReadonlySet<Code> = new Set(["copy-up-on-encode", "middle-redirect"]);

/** `build` mends it: something that the index lacks. */
export const isBuilt = ({ code }: Finding): boolean =>
  entryOf(code).repair.command === "build" && !CONSEQUENCES.has(code);

/** The plan of these planners for the findings that they are for. */
export function answerTo(
  { result, facts }: Past,
  isMeant: (found: Finding) => boolean,
  planners: Planners,
): Plan {
  return makePlan(result.findings.filter(isMeant), planners, facts, { lower: new Map() });
}
