/** What fsck.overlay prints: a line a problem, what was done about it, and a line at the end. */
import { entryOf, type Finding, messageOf } from "../lib/catalogue/index.js";
import { accepts, type FsckResult } from "../lib/fsck/fsck.js";
import { isPart } from "../lib/plan/cause.js";
import { isOfLower } from "../lib/plan/of-lower.js";
import type { Action, Left } from "../lib/plan/types.js";
import { overlayArguments } from "../lib/report/command-line.js";
import { sortedByPath, withShortValues } from "../lib/report/findings.js";
import type { Paint } from "../lib/report/paint.js";
import { plural, safeText, showPath, wrap } from "../lib/report/text.js";
import { ACTION_WORDS } from "../lib/run-report/words.js";

export const HELP = `Check an overlay's layers, and correct them.

  fsck.overlay [-n | -p | -y] [-fvV] [-C fd] -o OPTIONS
  fsck.overlay [-n | -p | -y] MOUNTPOINT

  -o OPTIONS  mount options: lowerdir=A[:B...],upperdir=U,workdir=W; together or
              apart, more than once; what is not about the overlay is ignored
  -n          change nothing; the same where no mode is given
  -p, -a      correct what is safe unattended
  -y          correct all that can be corrected
  -v          tell more
  -f, -C fd   accepted as fsck(8) gives them: each check is a full one
  -V          print the version
  -h          print this

Exit code: 0 clean, 1 all corrected, 4 something is left, 8 could not be carried
through, 16 usage, 32 cancelled. See fsck.overlay(8).`;

export interface TextOptions {
  readonly paint: Paint;
  readonly verbose: boolean;
  /** Columns; infinitely many where a problem shall be one line, for who filters them. */
  readonly width: number;
}

/** The report, line by line; there may be very many. */
export function* reportLines(result: FsckResult, options: TextOptions): Generator<string> {
  const { mode, run, left } = result;
  const { paint, width } = options;
  if (mode === "dry-run") yield* wouldLines(result, options);
  else yield* doneLines(result, options);
  if (run.trouble !== null)
    yield* wrap(`not completed: ${safeText(run.trouble.message)}`, width, 2).map(paint.bad);
  if (run.journal !== null) yield `to undo: ${undoCommand(result, run.journal)}`;
  const tone = run.trouble !== null ? "unsure" : left.length > 0 ? "bad" : "good";
  yield paint[tone](`fsck.overlay: ${verdict(result)}`);
}

function* wouldLines({ found, run }: FsckResult, options: TextOptions): Generator<string> {
  const actions = new Map<string, Action>();
  for (const { action } of run.plan) if (!isPart(action.because)) actions.set(keyOf(action.because), action);
  const why = whyLeft(run.left);
  for (const one of sortedByPath(found)) {
    const action = actions.get(keyOf(one));
    // What has no answer of its own in a plan, and no reason to be left, the plan of the next round is about.
    const waits = action === undefined && actions.size > 0 && !why.has(keyOf(one));
    if (waits) yield* wrap(`${problem(one)}: planned anew after the others`, options.width, 2);
    else if (action === undefined) yield* leftLines(one, why, options);
    else {
      const mode = accepts(action, "preen") ? "-p" : "-y";
      yield* wrap(`${problem(one)}: ${mode} would ${words(action)}`, options.width, 2);
    }
  }
}

function* doneLines({ left, run }: FsckResult, options: TextOptions): Generator<string> {
  const { width } = options;
  const done = run.plan.filter(({ outcome }) => outcome === "applied").map(({ action }) => action);
  for (const action of done.sort((a, b) => Buffer.compare(a.target.path, b.target.path))) {
    const { because } = action;
    if (!isPart(because)) yield* wrap(`${problem(because)}: corrected: ${words(action)}`, width, 2);
  }
  const why = whyLeft(run.left);
  for (const one of sortedByPath(left)) yield* leftLines(one, why, options);
}

/** By {@link keyOf}. */
type WhyLeft = ReadonlyMap<string, string>;

/** Of several the first is told. */
function whyLeft(left: readonly Left[]): WhyLeft {
  return new Map(left.map(({ finding, why }) => [keyOf(finding), why] as const).reverse());
}

function* leftLines(found: Finding, why: WhyLeft, { verbose, paint, width }: TextOptions): Generator<string> {
  yield* wrap(`${problem(found)}: left`, width, 2).map(paint.bad);
  if (!verbose) return;
  yield* wrap(`  ${safeText(why.get(keyOf(found)) ?? entryOf(found.code).repair.action)}`, width, 4);
}

function problem(found: Finding): string {
  const { layer, path, code } = found;
  const where = [...(layer === null ? [] : [layer]), ...(path === null ? [] : [showPath(path)])].join(":");
  return safeText(`${where === "" ? "" : `${where}: `}${messageOf(withShortValues(found))} (${code})`);
}

const words = ({ action }: Action): string => ACTION_WORDS[action];

/** The same finding in the checks of two rounds. */
const keyOf = (found: Finding): string =>
  `${found.code} ${found.layer} ${found.path?.toString("latin1") ?? ""}`;

function undoCommand({ run }: FsckResult, journal: Buffer): string {
  const id = journal.subarray(journal.lastIndexOf(0x2f) + 1).toString();
  const isLower = run.plan.some(({ action, outcome }) => outcome === "applied" && isOfLower(action));
  return `ovl-index undo ${id}${isLower ? " --write-lower" : ""} ${overlayArguments(run.overlay, null)}`;
}

function verdict({ mode, run, found, left }: FsckResult): string {
  if (run.trouble !== null) return "could not be completed";
  if (mode === "dry-run")
    return found.length === 0 ? "clean" : `${plural(found.length, "problem")}; nothing was changed`;
  const done = run.applied === 0 ? "" : `${plural(run.applied, "change")} made; `;
  return `${done}${left.length === 0 ? "clean" : `${plural(left.length, "problem")} left`}`;
}
