/** Link counts of indexed hard links: the number of names that the overlay shows. */
import type { Finding } from "../../catalogue/index.js";
import type { Facts } from "../facts.js";
import type { Planner, Proposal } from "../types.js";
import { answer, setXattr, upperAt } from "./changes.js";
import { dropNameless } from "./tombstones.js";

export const nlinkMalformed: Planner<"nlink-malformed"> = (found, facts) => writeCount(found, facts);

export const nlinkWrong: Planner<"nlink-wrong"> = (found, facts) =>
  found.layer === "index" ? dropNameless(found, facts) : writeCount(found, facts);

function writeCount(because: Finding, facts: Facts): Proposal {
  const value = because.bytes?.nlink;
  if (value === undefined) return { left: "Check again: its names are not known." };
  const target = upperAt(because.path ?? Buffer.alloc(0));
  return answer({
    action: "set-nlink",
    target,
    because,
    evidence: `${value.toString("latin1")} gives as many links as there are names, in upper and below`,
    safety: "auto",
    loses: null,
    steps: setXattr(facts, target, "nlink", value),
  });
}
