/** Born without an index: it is made complete, as `build` does it. */

import { plannersFor } from "../plan/planners/index.js";
import { plural } from "../report/text.js";
import { answerTo, isBuilt, isSettled } from "./answers.js";
import { secondIdentity } from "./notices.js";
import type { Migration, Past } from "./types.js";

export const indexComplete: Migration = {
  name: "index",
  title: "complete the index",
  applies: (past: Past) => {
    const count = past.result.findings.filter(isBuilt).length;
    if (count === 0 || past.facts.era || !isSettled(past)) return null;
    return {
      because: `the overlay was never mounted with an index, which lacks ${plural(count, "thing")} that it should have`,
      cost: "a link, an empty directory or a whiteout in the index for each; names and contents stay as they are",
    };
  },
  plan: (past) => {
    const plan = answerTo(past, isBuilt, plannersFor("build", { clearVolatile: false }));
    return { ...plan, notices: secondIdentity(plan.actions) };
  },
};
