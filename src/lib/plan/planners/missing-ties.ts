/** What ties upper's root to the lower one and the index to upper, where it is missing: the next mount would set it as well. */
import type { Finding } from "../../catalogue/index.js";
import type { Facts } from "../facts.js";
import type { Action, Place, Planner, Proposal } from "../types.js";
import { answer, setXattr } from "./changes.js";
import { INDEX, indexDirectory, makeIndex, UPPER_ROOT } from "./index-directory.js";
import { indexTies, lowerTies, mayBelong, type Ties } from "./layer-evidence.js";

const ROOT = Buffer.alloc(0);

export const rootOriginMissing: Planner<"root-origin-missing"> = (found, facts) => {
  const [top] = facts.lowers;
  const lower = top === undefined ? null : facts.encode({ layer: top, path: ROOT });
  const ties = lowerTies(facts);
  return tie(found, facts, ties, { action: "set-origin", target: UPPER_ROOT, xattr: "origin", value: lower });
};

export const indexUpperMissing: Planner<"index-upper-missing"> = (found, facts) =>
  tie(found, facts, indexTies(facts), {
    action: "set-upper",
    target: INDEX,
    xattr: "upper",
    value: facts.encode(UPPER_ROOT),
  });

export const indexMissing: Planner<"index-missing"> = (found, facts) => {
  const index = indexDirectory(facts);
  return "left" in index ? index : answer(...makeIndex(facts, found, index));
};

interface Mark {
  readonly action: Action["action"];
  readonly target: Place;
  readonly xattr: string;
  readonly value: Buffer | null;
}

/** The mount sets it whatever the layers say; unattended it is set only where nothing in them speaks against it. */
function tie(because: Finding, facts: Facts, ties: Ties, { action, target, xattr, value }: Mark): Proposal {
  if (value === null) return { left: "Its filesystem gives no handles: there is nothing to be set." };
  const steps = setXattr(facts, target, xattr, value);
  const doubt = ties.against === 0 ? "" : `; ${ties.against} objects speak for other layers`;
  const evidence = `the value is the handle of the root that is there now; the next mount would set it too${doubt}`;
  const safety = mayBelong(ties) ? "auto" : "confirm";
  return answer({ action, target, because, evidence, safety, loses: null, steps });
}
