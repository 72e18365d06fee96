/** The option userxattr was added or dropped: what the layers are marked with is in the namespace that is not read now. */
import type { Finding } from "../../catalogue/index.js";
import { otherPrefix } from "../../format/xattrNames.js";
import { plural } from "../../report/text.js";
import { somePaths } from "../notices.js";
import type { Migration, MigrationPlan, Past, Reason } from "../types.js";
import { type Converting, isStranger, planConversion } from "./plan.js";

export const xattrNamespace: Migration = {
  name: "xattr-namespace",
  title: "convert overlay xattrs to the namespace that the options name",
  applies: (past: Past): Reason | null => {
    if (!past.result.findings.some(isStranger)) return null;
    const { actions, left, count, lost } = planConversion(past);
    if (actions.length + left.length === 0) return null;
    const { prefix, options } = past.facts;
    const option = options.userxattr ? "userxattr" : "no userxattr";
    return {
      because: `${plural(count, "object has", "objects have")} marks in ${otherPrefix(prefix)}*; with ${option} the kernel reads ${prefix}* alone`,
      cost:
        lost.length === 0
          ? "xattrs are written and removed; names and contents come to be what they were"
          : `handles of ${plural(lost.length, "symlink, device, fifo or socket", "symlinks, devices, fifos and sockets")}; all else comes to be what it was`,
    };
  },
  plan: (past: Past): MigrationPlan => {
    const plan = planConversion(past);
    const { actions, left } = plan;
    return { actions, left, notices: actions.length === 0 ? [] : noticesOf(past, plan) };
  },
};

/** As long as one of these stands, what seems to be missing from upper or its index was only not read. */
export const isUnread = (found: Finding): boolean =>
  isStranger(found) && found.severity === "error" && (found.layer === "upper" || found.layer === "work");

function noticesOf({ facts }: Past, { lost, nested, untrusted }: Converting): string[] {
  const notices: string[] = [];
  if (lost.length > 0)
    notices.push(
      `user.* is on files and directories only: origin and index entry of ${plural(lost.length, "object")} are given up, and clients' handles of that become stale: ${somePaths(lost)}`,
    );
  if (facts.options.userxattr && facts.options.index)
    notices.push(
      "with userxattr and an index the kernel cannot copy up symlinks, devices, fifos and sockets (EPERM), and the entry that it leaves in the index refuses the next mount",
    );
  if (nested.length > 0)
    notices.push(
      `${plural(nested.length, "object has", "objects have")} marks of an overlay that is nested in this one; these are converted along, so mount that one ${facts.options.userxattr ? "with" : "without"} userxattr, too: ${somePaths(nested)}`,
    );
  if (untrusted.length > 0)
    notices.push(
      `with userxattr the kernel neither makes nor follows redirects and metadata-only files, so somebody else has set these marks; they stay in user.*, where nothing looks at them: ${somePaths(untrusted)}`,
    );
  return notices;
}
