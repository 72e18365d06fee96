/**
 * Upper has the xattrs that its past must have left on it. That none is there at all proves nothing by itself, for one that was
 * made by hand has none either; but an index entry is made with them, and by nobody but a mount.
 */
import { finding } from "../catalogue/index.js";
import { isDir } from "../kernel/env.js";
import { ROOT } from "../model/ground.js";
import type { IndexState } from "../model/index-state.js";
import type { TableCheck } from "./context.js";

/** A mount sets these anew, also one that the kernel refuses a moment later. */
const SET_BY_MOUNT: ReadonlySet<string> = new Set(["origin", "uuid"]);

export const lostXattrs: TableCheck = ({ survey, report, require }, { strangers }) => {
  const { upper } = survey.views.plain.root;
  // Where the xattrs are in the other namespace, all is there.
  if (upper === null || survey.isMarked || strangers.length > 0) return;
  const root = survey.views.plain.view.examine(upper);
  if (typeof root === "number" || ![...root.xattrs.keys()].every((name) => SET_BY_MOUNT.has(name))) return;
  const { bareMerges: merged, whiteouts } = survey.counts;
  const entries = survey.index === null ? 0 : bareEntries(survey.index);
  const at = { layer: "upper", path: ROOT, evidence: { entries, merged, whiteouts } };
  if (entries > 0) report(finding("xattrs-lost", at));
  else if (merged > 0 && whiteouts > 0)
    report(finding("xattrs-lost", { ...at, severity: require === "plain" ? "info" : "warning" }));
};

/** Entries without their xattr, tombstones aside, which have none; 0 where one has it: that is another upper's index. */
function bareEntries(index: IndexState): number {
  let count = 0;
  for (let row = 0; row < index.table.size; row++) {
    if (index.isTombstone(row)) continue;
    const object = index.examine(row);
    if (typeof object === "number" || object.xattrs.has(isDir(object) ? "upper" : "origin")) return 0;
    count++;
  }
  return count;
}
