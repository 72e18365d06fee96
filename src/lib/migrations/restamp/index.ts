/** Layers that were copied, restored or moved to another filesystem: every stored handle is of the old place. */
import { plural } from "../../report/text.js";
import { somePaths } from "../notices.js";
import type { Migration, MigrationPlan, Past, Reason } from "../types.js";
import { lostXattrs, noticesOfLosses } from "./lost.js";
import { findMoved, type Moved } from "./moved.js";
import { planRestamp, type Restamp } from "./plan.js";

export const restamp: Migration = {
  name: "restamp",
  title: "stamp all origins anew",
  applies: (past: Past): Reason | null => {
    if (lostXattrs(past) !== null)
      return { because: "it was copied, and has lost its xattrs", cost: "a new copy" };
    const moved = findMoved(past);
    if (moved === null || planRestamp(past, moved).rebuilt) return null;
    return { because: moved.because, cost: costOf(moved) };
  },
  plan: (past: Past): MigrationPlan => {
    const lost = lostXattrs(past);
    if (lost !== null) return { actions: [], left: [lost], notices: [] };
    const moved = findMoved(past);
    if (moved === null) return { actions: [], left: [], notices: [] };
    const plan = planRestamp(past, moved);
    return { actions: plan.actions, left: [], notices: [...noticesOfLosses(past), ...noticesOf(plan, past)] };
  },
};

export function costOf({ lower, upper }: Moved): string {
  if (!lower) return "handles of upper objects that clients hold; those of lower ones stay good";
  return upper
    ? "all handles that clients hold"
    : "handles of lower objects that clients hold; those of upper ones stay good";
}

export function noticesOf({ tally, givenUp }: Restamp, { old, wishes }: Past): string[] {
  const already = tally.sound === 0 ? "" : `; ${plural(tally.sound, "has", "have")} it already`;
  const notices = [
    `${plural(tally.translated, "object gets", "objects get")} the handle of the lower object as it is now${already}`,
  ];
  if (tally.unknown.length > 0) {
    const help =
      old === null && !wishes.trustPaths
        ? "; --old-lower decodes their handles, --trust-paths goes by their path"
        : "";
    notices.push(
      `${plural(tally.unknown.length, "file becomes", "files become")} "origin unknown", which is safe: ${somePaths(tally.unknown)}${help}`,
    );
  }
  const cutOff = [...tally.cutOff, ...givenUp];
  if (cutOff.length > 0)
    notices.push(
      `${plural(cutOff.length, "file no longer shows", "files no longer show")} under other names of the lower object: ${somePaths(cutOff)}`,
    );
  if (tally.rivals.length > 0)
    notices.push(
      `${plural(tally.rivals.length, "object")} came from what another one came from, too: ${somePaths(tally.rivals)}`,
    );
  return notices;
}
