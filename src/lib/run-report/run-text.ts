/** How a run ended, for a person: what was done, where what was moved is, how to take it back, and the verdict. */
import { CATALOGUE, type Finding } from "../catalogue/index.js";
import { isOfLower } from "../plan/of-lower.js";
import type { Recovery, RunResult, Trouble, TroubleKind } from "../repair/run-result.js";
import { overlayArguments } from "../report/command-line.js";
import { verdictLines } from "../report/human.js";
import { nextStep } from "../report/next.js";
import { number, plural, safeText, showPath, wrap } from "../report/text.js";
import type { RunTextOptions } from "./options.js";
import { leftLines } from "./plan-text.js";
import { showPlace } from "./words.js";

/** Objects moved aside that are shown without --all. */
const SHOWN = 3;

/** What was done about a run that was interrupted. */
export function recoveryLines(recovery: Recovery, options: RunTextOptions): string[] {
  const { command, how, changes, journal } = recovery;
  const what = {
    finished: `was finished: ${plural(changes, "change")}`,
    "rolled-back": `was rolled back: ${plural(changes, "change")} taken back`,
    left: "was left as it is: the overlay has changed since",
    pending: "will be finished or rolled back by the next run that writes",
  }[how];
  return wrap(`An interrupted ${command} ${what} (${showPath(journal)})`, options.width, 2).map(
    options.paint.unsure,
  );
}

export function troubleLines(trouble: Trouble, options: RunTextOptions): string[] {
  const { paint, width } = options;
  const word = trouble.kind === "cancelled" ? "CANCELLED" : "COULD NOT COMPLETE";
  return wrap(`${word}: ${safeText(trouble.message)}`, width, 2).map(paint.bad);
}

/** "ovl-index undo ID -o …": what takes a run back. */
function undoCommand(result: RunResult, journal: Buffer): string {
  const id = showPath(journal.subarray(journal.lastIndexOf(0x2f) + 1));
  const isLower = result.plan.some(({ action, outcome }) => outcome === "applied" && isOfLower(action));
  return `ovl-index undo ${id}${isLower ? " --write-lower" : ""} ${overlayArguments(result.overlay, null)}`;
}

/** How a run ended, as a clause for stderr: where stdout takes no report. */
export function endedWords(result: RunResult): string {
  const { mode, applied, journal } = result;
  if (mode === "dry-run") return "nothing was written";
  if (applied === 0) return "nothing was changed";
  const undo = journal === null ? "" : `; to take it back: ${undoCommand(result, journal)}`;
  return `${plural(applied, "change")} made${undo}`;
}

function* doneLines(result: RunResult, options: RunTextOptions): Generator<string> {
  const { journal, kept, applied } = result;
  const done = result.plan.filter(({ outcome }) => outcome === "applied");
  const rounds = new Set(done.map(({ round }) => round)).size;
  const declined = result.plan.filter(({ outcome }) => outcome === "declined").length;
  const parts = [
    `${plural(applied, "change")} made${rounds > 1 ? ` in ${number(rounds)} rounds` : ""}`,
    ...(declined > 0 ? [`${number(declined)} not accepted`] : []),
    ...(kept.length > 0 ? [`${plural(kept.length, "object")} moved aside`] : []),
  ];
  yield* wrap(parts.join(", "), options.width, 2);
  const shown = options.all ? kept : kept.slice(0, SHOWN);
  for (const { path, from } of shown) {
    yield `  kept     ${showPlace(from, options.verbose)} as ${showPath(path)}`;
  }
  if (kept.length > shown.length) {
    yield `  ... and ${number(kept.length - shown.length)} more (--all shows them)`;
  }
  if (journal === null) return;
  yield `  journal  ${showPath(journal)}`;
  yield `  undo     ${undoCommand(result, journal)}`;
  yield "           (as long as the overlay has not been mounted again)";
}

/** "still there: 2 entry-foreign, 1 impure-missing". */
function* remainingLines(result: RunResult, options: RunTextOptions): Generator<string> {
  const counts = new Map<string, number>();
  for (const { code } of result.remaining.filter(isProblem)) counts.set(code, (counts.get(code) ?? 0) + 1);
  if (counts.size === 0) return;
  const list = [...counts].map(([code, times]) => `${number(times)} ${code}`).join(", ");
  yield* wrap(`still there: ${list}`, options.width, 2);
  yield* leftLines(
    result.left.filter(({ finding }) => isProblem(finding)),
    options,
  );
}

function isProblem(found: Finding): boolean {
  return found.severity !== "info" || CATALOGUE[found.code].fatal === true;
}

/** Trouble that the check has told what to do about. */
const TOLD: ReadonlySet<TroubleKind> = new Set([
  "in-use",
  "read-only",
  "unknown-format",
  "unreadable",
  "unsound",
  "volatile",
]);

/** What comes next; never the command that has just done all it can. */
function next(result: RunResult, options: RunTextOptions): string | null {
  const { after, before, command, mode, overlay, require, plan, trouble } = result;
  const { again } = options;
  const same = `ovl-index ${command} `;
  const last = after ?? before;
  if (last === null || (trouble !== null && !TOLD.has(trouble.kind))) return null;
  // A migration that can do nothing has said what to do instead; what repair would do is not that.
  if (command === "migrate" && result.left.length > 0 && plan.length === 0) return null;
  // What could not be read is none of the layers, but what was given beside them: the trouble names it.
  if (trouble?.kind === "unreadable" && last.complete) return null;
  const open = trouble === null && plan.some(({ outcome }) => outcome !== "applied");
  if (mode === "dry-run" && open) {
    const safe = plan.every(({ action }) => action.safety === "auto");
    return `${same}${safe ? "-p " : ""}${again}${overlayArguments(overlay, require)}`;
  }
  const commands = new Set(options.commands);
  if (!open) commands.delete(command);
  if (!open && command === "repair") commands.delete("build");
  const step = nextStep(last, commands);
  return step.startsWith(same) ? `${same}${again}${step.slice(same.length)}` : step;
}

/** The end of the report, line by line; the stack and the plan have been shown before. */
export function* runLines(result: RunResult, options: RunTextOptions): Generator<string> {
  const { paint, width } = options;
  const { mode, after, trouble } = result;
  yield "";
  if (mode === "dry-run") yield "nothing was written";
  else if (result.applied > 0 || result.journal !== null) yield* doneLines(result, options);
  else yield "nothing was changed";
  if (trouble !== null) yield* troubleLines(trouble, options);
  // Where nothing was changed all this has been told above, with the plan.
  if (after !== null && result.changed) {
    yield* verdictLines(after, paint, width);
    yield* remainingLines(result, options);
  }
  const step = next(result, options);
  if (step !== null) yield `next: ${step}`;
}
