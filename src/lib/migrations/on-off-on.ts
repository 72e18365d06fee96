/**
 * Exported once, then written to without the index, to be exported again. What was copied up, renamed or deleted
 * meanwhile is put into the index under the handles that clients got in the first era; what the
 * index still holds of names that are gone gives way to a tombstone.
 */

import type { Code, Finding } from "../catalogue/index.js";
import { plannersFor } from "../plan/planners/index.js";
import { plural } from "../report/text.js";
import { answerTo, isBuilt, isSettled } from "./answers.js";
import { pathsOf, secondIdentity, somePaths } from "./notices.js";
import type { Migration, Past } from "./types.js";

/** What the kernel itself leaves behind when it works on an indexed overlay without the index. */
const LEFT_BEHIND: ReadonlySet<Code> = new Set([
  "entry-orphan",
  "entry-other-inode",
  "entry-upper-stale",
  "tombstone-over-reachable",
  "origin-duplicate",
  "nlink-malformed",
  "nlink-wrong",
  "impure-missing",
]);

const isOfTheTimeBetween = (found: Finding): boolean => isBuilt(found) || LEFT_BEHIND.has(found.code);

export const onOffOn: Migration = {
  name: "on-off-on",
  title: "bring the index up to date",
  applies: (past: Past) => {
    const count = past.result.findings.filter(isOfTheTimeBetween).length;
    if (count === 0 || !past.facts.era || !isSettled(past)) return null;
    return {
      because: `the overlay has had an index, in which ${plural(count, "thing")} ${count === 1 ? "is" : "are"} missing or out of date: it was changed without it, or restamped`,
      cost: "a link, an empty directory or a whiteout in the index for each; names and contents stay as they are",
    };
  },
  plan: (past) => {
    const plan = answerTo(past, isOfTheTimeBetween, plannersFor("repair", { clearVolatile: false }));
    return { ...plan, notices: [...secondIdentity(plan.actions), ...splitLinks(past)] };
  },
};

/** Without an index the kernel copies one name of a hard link up alone; which data is right, only its owner knows. */
function splitLinks({ result }: Past): readonly string[] {
  const split = result.findings.filter(({ code }) => code === "hardlink-split");
  if (split.length === 0) return [];
  return [
    `${plural(split.length, "name of a hard link was", "names of hard links were")} copied up alone without an index, and so it stays; handles of the link lead to the names that are left of it: ${somePaths(pathsOf(split))}`,
  ];
}
