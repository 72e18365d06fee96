/** What `undo` tells a person. */

import type { JournalInfo, JournalList, UndoResult } from "../repair/run-result.js";
import { overlayArguments } from "../report/command-line.js";
import { number, plural, showPath, timeText, wrap } from "../report/text.js";
import type { RunTextOptions } from "./options.js";
import { troubleLines } from "./run-text.js";

/** "2026-11-23 12:20:14 UTC". */
function when({ begun }: JournalInfo): string {
  return begun === null ? "at an unknown time" : timeText(begun);
}

/** "repair of 2026-11-23 12:20:14 UTC: 5 changes, 1 object moved aside". */
function runText(run: JournalInfo): string {
  return `${run.command ?? "run"} of ${when(run)}: ${plural(run.changes, "change")}`;
}

/** What is about to be undone: shown before anything is written. */
export function undoPlanLines(run: JournalInfo, options: RunTextOptions): string[] {
  return [
    "",
    ...wrap(`${options.paint.strong("undo")}: ${runText(run)}`, options.width, 2),
    `  journal  ${showPath(run.path)}`,
  ];
}

export function* undoLines(result: UndoResult, options: RunTextOptions): Generator<string> {
  const { trouble, dryRun, undone, changed, run, overlay } = result;
  if (trouble !== null) yield* troubleLines(trouble, options);
  if (run === null) return;
  if (dryRun) yield "nothing was written";
  else if (!changed) yield "nothing was changed";
  else {
    yield `${plural(undone, "change")} taken back`;
    yield `next: ovl-index check ${overlayArguments(overlay, null)}`;
  }
}

/** How it ended, as a clause for stderr: where stdout takes no report. */
export function undoneWords({ dryRun, changed, undone }: UndoResult): string {
  if (dryRun) return "nothing was written";
  return changed ? `${plural(undone, "change")} taken back` : "nothing was changed";
}

/** A line a run, the newest first. */
export function* journalLines(list: JournalList, options: RunTextOptions): Generator<string> {
  if (list.trouble !== null) yield* troubleLines(list.trouble, options);
  if (list.journals.length === 0) {
    if (list.trouble === null) yield "no run has left a journal";
    return;
  }
  const rows = [
    ["journal", "begun", "command", "changes", "state"],
    ...list.journals.map((run) => [
      run.id,
      run.begun === null ? "?" : when(run),
      run.command ?? "?",
      number(run.changes),
      run.state,
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of rows) {
    yield row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  }
}
