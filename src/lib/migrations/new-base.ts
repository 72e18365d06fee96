/** The lower layer was made anew, as a new image is: what upper and the new layer have to do with each other. */

import { compareBases } from "./bases.js";
import { many, somePaths } from "./notices.js";
import { costOf, noticesOf } from "./restamp/index.js";
import { findMoved } from "./restamp/moved.js";
import { planRestamp, type Restamp } from "./restamp/plan.js";
import type { Migration, MigrationPlan, Past, Reason } from "./types.js";

export const newBase: Migration = {
  name: "new-base",
  title: "put upper on a lower layer that was made anew",
  applies: (past: Past): Reason | null => {
    const moved = findMoved(past);
    const plan = moved?.lower === true ? planRestamp(past, moved) : null;
    if (moved === null || plan === null || !plan.rebuilt) return null;
    const { tally, gone, changed } = plan;
    const signs = [
      ...(tally.alone.length > 0
        ? [`${many(tally.alone.length, "directory", "directories")} of upper have no lower one any more`]
        : []),
      ...(gone.length > 0 ? [`${many(gone.length, "lower object")} that upper was made from are gone`] : []),
      ...(changed.length > 0
        ? [`${many(changed.length, "lower file")} that upper was made from have changed`]
        : []),
    ];
    return { because: `${moved.because}; ${signs.join(", ")}: it is no copy`, cost: costOf(moved) };
  },
  plan: (past: Past): MigrationPlan => {
    const moved = findMoved(past);
    if (moved === null) return { actions: [], left: [], notices: [] };
    const plan = planRestamp(past, moved);
    return {
      actions: plan.actions,
      left: [],
      notices: [...noticesOf(plan, past), ...differences(plan, past)],
    };
  },
};

/** What is not the same object any more, and which names upper hides, or hides no longer. */
function differences({ tally, gone, changed }: Restamp, past: Past): string[] {
  const { covered, bare, merged } = compareBases(past);
  const lines: readonly (readonly [readonly Buffer[], string])[] = [
    [tally.alone, "directories show nothing of lower any more, for the new layer has none in their place"],
    [gone, "objects were made from lower ones that are gone; upper's stay as they are"],
    [changed, "files were made from lower ones that have changed; upper's hide the new ones"],
    [covered, "names are new in lower, and hidden by upper"],
    [merged, "directories that were made in upper are merged with new ones of lower"],
    [
      bare,
      "whiteouts hide nothing any more: what was deleted is gone from lower, or is back under another name",
    ],
  ];
  const told = lines
    .filter(([paths]) => paths.length > 0)
    .map(([paths, what]) => `${paths.length} ${what}: ${somePaths(paths)}`);
  if (past.old !== null) return told;
  return [...told, "with --old-lower it is told exactly what has changed, and which new names upper hides"];
}
