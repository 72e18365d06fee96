/** What copying has lost, by what the copy looks like, and the command line that would not have lost it. */
import { COPY_AGAIN, type Finding } from "../../catalogue/index.js";
import { decodeRedirect } from "../../format/redirect.js";
import { isDir, isWhiteoutDevice } from "../../kernel/env.js";
import { join } from "../../kernel/path.js";
import type { Facts } from "../../plan/facts.js";
import { upperAt } from "../../plan/planners/changes.js";
import type { Left } from "../../plan/types.js";
import type { Past } from "../types.js";
import { tornEntries } from "./moved.js";

/** Upper and its index have none: what is to be seen of them is not what they are. */
export const hasLostXattrs = ({ code, severity }: Finding): boolean =>
  code === "xattrs-lost" && severity === "error";

/** Nothing can be restamped where the handles are gone; nor are redirects and opaque marks there any more. */
export function lostXattrs({ result }: Past): Left | null {
  const finding = result.findings.find(hasLostXattrs);
  return finding === undefined ? null : { finding, why: `The copy has lost its xattrs. ${COPY_AGAIN}` };
}

/** What else is missing, and is no reason to stop. */
export function noticesOfLosses({ facts }: Past): string[] {
  const notices: string[] = [];
  const renamed = uncovered(facts);
  if (renamed > 0) {
    notices.push(
      `the copy may have lost its device nodes, and the whiteouts with them: what was renamed shows under its old name, too (${renamed} times), and upper has not one whiteout. If so, what was deleted is back. ${COPY_AGAIN}`,
    );
  }
  const torn = tornEntries(facts);
  if (torn > 0) {
    notices.push(
      `the copy has lost hard links: in the index ${torn} files are copies of upper's instead of links. These can be linked again; files that were hard links of each other in upper are several now. To have them as they were: ${COPY_AGAIN}`,
    );
  }
  return notices;
}

/** Renamed directories that show under the old name as well; 0 where upper has a whiteout at all. */
function uncovered(facts: Facts): number {
  let count = 0;
  const waiting: Buffer[] = [Buffer.alloc(0)];
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
    for (const name of facts.list(upperAt(dir))) {
      const path = join(dir, name);
      const object = facts.examine(upperAt(path));
      if (object === null) continue;
      if (isWhiteoutDevice(object)) return 0;
      if (!isDir(object)) continue;
      waiting.push(path);
      const before = redirectedFrom(object.xattrs.get("redirect"), dir);
      const shown = before === null ? null : facts.plain(before);
      if (shown?.kind === "found" && shown.upper === null) count++;
    }
  }
  return count;
}

function redirectedFrom(raw: Buffer | number | undefined, dir: Buffer): Buffer | null {
  const redirect = Buffer.isBuffer(raw) ? decodeRedirect(raw) : null;
  if (redirect?.kind !== "valid") return null;
  return redirect.absolute ? redirect.text.subarray(1) : join(dir, redirect.text);
}
