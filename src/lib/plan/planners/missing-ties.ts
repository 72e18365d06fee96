/** What ties upper's root to the lower one and the index to upper, where it is missing: the next mount would set it as well. */
import type { Finding } from "../../catalogue/index.js";
import type { Facts } from "../facts.js";
import type { Action, Place, Planner, Proposal } from "../types.js";
import { answer, setXattr } from "./changes.js";
import { INDEX, indexDirectory, makeIndex, UPPER_ROOT } from "./index-directory.js";

const ROOT = Buffer.alloc(0);

export const rootOriginMissing: Planner<"root-origin-missing"> = (found, facts) => {
  const [top] = facts.lowers;
  const lower = top === undefined ? null : facts.encode({ layer: top, path: ROOT });
  return tie(found, facts, "set-origin", UPPER_ROOT, "origin", lower);
};

export const indexUpperMissing: Planner<"index-upper-missing"> = (found, facts) =>
  tie(found, facts, "set-upper", INDEX, "upper", facts.encode(UPPER_ROOT));

export const indexMissing: Planner<"index-missing"> = (found, facts) => {
  const index = indexDirectory(facts);
  return "left" in index ? index : answer(...makeIndex(facts, found, index));
};

function tie(
  because: Finding,
  facts: Facts,
  action: Action["action"],
  target: Place,
  xattr: string,
  value: Buffer | null,
): Proposal {
  if (value === null) return { left: "Its filesystem gives no handles: there is nothing to be set." };
  const steps = setXattr(facts, target, xattr, value);
  const evidence = "the value is the handle of the root that is there now; the next mount would set it too";
  return answer({ action, target, because, evidence, safety: "auto", loses: null, steps });
}
