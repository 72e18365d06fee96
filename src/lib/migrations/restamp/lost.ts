/** What copying has lost, by what the copy looks like, and the command line that would not have lost it. */
import type { Code } from "../../catalogue/index.js";
import { decodeRedirect } from "../../format/redirect.js";
import { isDir, isWhiteoutDevice } from "../../kernel/env.js";
import { join } from "../../kernel/path.js";
import type { Facts } from "../../plan/facts.js";
import { upperAt } from "../../plan/planners/changes.js";
import { UPPER_ROOT } from "../../plan/planners/index-directory.js";
import type { Left } from "../../plan/types.js";
import type { Past } from "../types.js";
import { tornEntries } from "./moved.js";

/** All of upper and work in one go, for a hard link between the two is one only within one copy. */
const COMMANDS =
  "copy upper and work again from where they were, both with one command and as root: cp -a UPPER WORK DEST/, or rsync -aHAX UPPER WORK DEST/, or tar --xattrs --xattrs-include='*' -cf - UPPER WORK, unpacked with the same two options";

/** How entries look that have lost their xattrs. */
const BARE: ReadonlySet<Code> = new Set(["entry-origin-missing", "entry-upper-missing"]);

/** Nothing can be restamped where the handles are gone; nor are redirects and opaque marks there any more. */
export function lostXattrs({ facts, result }: Past): Left | null {
  const finding = result.findings.find(({ code }) => BARE.has(code));
  if (finding === undefined || (facts.examine(UPPER_ROOT)?.xattrs.size ?? 0) > 0) return null;
  for (const _ of facts.origins()) return null;
  return { finding, why: `The copy has lost its xattrs: ${COMMANDS}.` };
}

/** What else is missing, and is no reason to stop. */
export function noticesOfLosses({ facts }: Past): string[] {
  const notices: string[] = [];
  const renamed = uncovered(facts);
  if (renamed > 0) {
    notices.push(
      `the copy may have lost its device nodes, and the whiteouts with them: what was renamed shows under its old name, too (${renamed} times), and upper has not one whiteout. If so, what was deleted is back: ${COMMANDS}`,
    );
  }
  const torn = tornEntries(facts);
  if (torn > 0) {
    notices.push(
      `the copy has lost hard links: in the index ${torn} files are copies of upper's instead of links. These can be linked again; files that were hard links of each other in upper are several now. To have them as they were, ${COMMANDS}`,
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
