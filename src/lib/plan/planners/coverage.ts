/** Planners of what makes an index complete. */
import type { Code } from "../../catalogue/index.js";
import type { Planner } from "../types.js";
import { answer, setXattr, upperAt } from "./changes.js";
import { pointEntry } from "./directory-entry-upper.js";
import { nlinkMalformed, nlinkWrong } from "./link-counts.js";
import { copiedUpNotIndexed, mergeOriginMissing } from "./missing-entries.js";
import { indexMissing, indexUpperMissing, rootOriginMissing } from "./missing-ties.js";
import { tombstoneMissing } from "./tombstones.js";

const impureMissing: Planner<"impure-missing"> = (found, facts) => {
  const target = upperAt(found.path ?? Buffer.alloc(0));
  return answer({
    action: "set-impure",
    target,
    because: found,
    evidence: `${found.evidence.child} in it came from a lower object; whatever brings one there sets the mark`,
    safety: "auto",
    loses: null,
    steps: setXattr(facts, target, "impure", Buffer.from("y")),
  });
};

export const COVERAGE = {
  "index-missing": indexMissing,
  "root-origin-missing": rootOriginMissing,
  "index-upper-missing": indexUpperMissing,
  "copied-up-not-indexed": copiedUpNotIndexed,
  "merge-origin-missing": mergeOriginMissing,
  "tombstone-missing": tombstoneMissing,
  "entry-upper-missing": pointEntry,
  "entry-upper-unknown": pointEntry,
  "nlink-malformed": nlinkMalformed,
  "nlink-wrong": nlinkWrong,
  "impure-missing": impureMissing,
  // What makes it so is a directory that is not in the index, and has a finding and an action of its own.
  "copy-up-on-encode": () => ({ actions: [] }),
  "middle-redirect": () => ({
    left: "Nothing has to be done: the kernel itself indexes what it copies up when handles are given out.",
  }),
} satisfies { readonly [C in Code]?: Planner<C> };
