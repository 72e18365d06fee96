/** Born without an index, or with one that is not complete: as `build`. */
import { entryOf, type Finding } from "../catalogue/index.js";
import { makePlan } from "../plan/plan.js";
import { plannersFor } from "../plan/planners/index.js";
import type { Migration, Past } from "./types.js";

const isBuilt = ({ code }: Finding): boolean => entryOf(code).repair.command === "build";

export const indexComplete: Migration = {
  name: "index",
  title: "complete the index",
  applies: ({ result }: Past) => {
    const count = result.findings.filter(isBuilt).length;
    if (count === 0) return null;
    return {
      because: `the index lacks ${count} of what it should have`,
      cost: "a link or an empty directory in the index for each",
    };
  },
  plan: ({ result, facts }) => {
    const findings = result.findings.filter(isBuilt);
    const planners = plannersFor("build", { clearVolatile: false });
    return { ...makePlan(findings, planners, facts, { lower: false }), notices: [] };
  },
};
