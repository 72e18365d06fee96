/** The lower layer was made anew, as a new image is: what upper and the new layer have to do with each other. */

import { plural } from "../report/text.js";
import { compareBases } from "./bases.js";
import { somePaths } from "./notices.js";
import { costOf, noticesOf } from "./restamp/index.js";
import { findMoved } from "./restamp/moved.js";
import { planRestamp, type Restamp } from "./restamp/plan.js";
import type { Migration, MigrationPlan, Past, Reason } from "./types.js";

const MADE_FROM = "that upper was made from";

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
        ? [
            `${plural(tally.alone.length, "directory of upper has", "directories of upper have")} no lower one any more`,
          ]
        : []),
      ...(gone.length > 0
        ? [plural(gone.length, `lower object ${MADE_FROM} is gone`, `lower objects ${MADE_FROM} are gone`)]
        : []),
      ...(changed.length > 0
        ? [
            plural(
              changed.length,
              `lower file ${MADE_FROM} has changed`,
              `lower files ${MADE_FROM} have changed`,
            ),
          ]
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
  const lines: readonly (readonly [paths: readonly Buffer[], one: string, several: string, what: string])[] =
    [
      [
        tally.alone,
        "directory shows",
        "directories show",
        "nothing of lower any more, for the new layer has none in its place",
      ],
      [gone, "object was", "objects were", "made from what is gone from lower; upper's stays as it is"],
      [changed, "file was", "files were", "made from what has changed in lower; upper's hides the new one"],
      [covered, "name is", "names are", "new in lower, and hidden by upper"],
      [
        merged,
        "directory of upper's own is",
        "directories of upper's own are",
        "merged with what is new in lower",
      ],
      [
        bare,
        "whiteout hides",
        "whiteouts hide",
        "nothing any more: what was deleted is gone from lower, or is back under another name",
      ],
    ];
  const told = lines
    .filter(([paths]) => paths.length > 0)
    .map(
      ([paths, one, several, what]) => `${plural(paths.length, one, several)} ${what}: ${somePaths(paths)}`,
    );
  if (past.old !== null) return told;
  return [...told, "with --old-lower it is told exactly what has changed, and which new names upper hides"];
}
