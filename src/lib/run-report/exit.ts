/** Exit codes of the commands that write: the bits of fsck(8). */

import type { JournalList, RunResult, Trouble, UndoResult } from "../repair/run-result.js";
import { EXIT, exitCode } from "../report/exit.js";

function troubleCode(trouble: Trouble): number {
  return trouble.kind === "cancelled" ? EXIT.cancelled : EXIT.incomplete;
}

/**
 * What trouble ended comes first. Else the check that ran last decides, and where that is content: `repair` tells
 * by 1 that it corrected something, as fsck does; `build` has done what it was asked for.
 */
export function runExitCode(result: RunResult): number {
  if (result.trouble !== null) return troubleCode(result.trouble);
  const last = result.after ?? result.before;
  if (last === null) return EXIT.incomplete;
  const code = exitCode(last, false);
  const corrected = result.command === "repair" && result.mode !== "dry-run" && result.changed;
  return code === EXIT.clean && corrected ? EXIT.corrected : code;
}

export function undoExitCode(result: UndoResult): number {
  return result.trouble === null ? EXIT.clean : troubleCode(result.trouble);
}

export function journalsExitCode(list: JournalList): number {
  return list.trouble === null ? EXIT.clean : troubleCode(list.trouble);
}
