/** The report of `check` for a person: verdict, stack, findings worst first, the next step. */
import { entryOf, type Finding } from "../catalogue/index.js";
import { sortedByPath, tell, withShortValues } from "./findings.js";
import { type Group, groupsOf, placeOf } from "./groups.js";
import { nextStep } from "./next.js";
import { type Paint, severityText } from "./paint.js";
import type { CheckResult } from "./result.js";
import { stackLines } from "./stack.js";
import { number, plural, safeText, wrap } from "./text.js";
import { verdictOf } from "./verdict.js";

export interface HumanOptions {
  readonly paint: Paint;
  /** Columns of the terminal; 80 where it is none. */
  readonly width: number;
  /** Every finding, not the first few of each code. */
  readonly all: boolean;
  /** Also what the kernel does, and handles and UUIDs of layers. */
  readonly verbose: boolean;
  /** Commands that this version has. */
  readonly commands: ReadonlySet<string>;
}

/** Findings of a code that are shown without --all. */
const SHOWN = 3;

function where(found: Finding): string {
  const place = placeOf(found);
  return place === "" ? "" : `${place}: `;
}

function* groupLines(group: Group, result: CheckResult, options: HumanOptions): Generator<string> {
  const { paint, width } = options;
  const entry = entryOf(group.code);
  yield `${severityText(group.severity, ":", paint)} ${paint.strong(group.code)} (${number(group.findings.length)})`;
  yield `  ${entry.title}`;
  const sorted = sortedByPath(group.findings);
  const shown = options.all ? sorted : sorted.slice(0, SHOWN);
  for (const found of shown) {
    const told = tell(options.verbose ? found : withShortValues(found), result);
    yield* wrap(`  ${safeText(`${where(found)}${told}`)}`, width, 4);
  }
  const rest = group.findings.length - shown.length;
  if (rest > 0) yield `  ... and ${number(rest)} more (--all shows them)`;
  if (options.verbose) yield* wrap(`  kernel: ${entry.kernel.detail}`, width, 4);
  yield* wrap(`  what to do: ${entry.repair.action}`, width, 4);
}

/** On one line, or on two where it is too long for one. */
function summaryLines(result: CheckResult, width: number): string[] {
  const { error, warning, info, examined } = result.counts;
  const read = `read ${plural(examined.indexEntries, "index entry", "index entries")}, ${plural(examined.upperObjects, "upper object")}, ${plural(examined.directories, "directory", "directories")}`;
  const found =
    error + warning + info === 0
      ? "no findings"
      : `${plural(error, "error")}, ${plural(warning, "warning")}, ${number(info)} info`;
  const line = `${found}; ${read}`;
  return line.length <= width ? [line] : [found, ...wrap(read, width)];
}

/** The verdict as the first lines of a report. */
export function verdictLines(result: CheckResult, paint: Paint, width: number): string[] {
  const verdict = verdictOf(result);
  return wrap(`${verdict.word}: ${verdict.sentence}`, width, 2).map(paint[verdict.tone]);
}

/** The report, line by line, without line ends. There may be very many. */
export function* humanReport(result: CheckResult, options: HumanOptions): Generator<string> {
  const { paint, width } = options;
  yield* verdictLines(result, paint, width);
  yield* stackLines(result.overlay, options);
  for (const group of groupsOf(result)) {
    yield "";
    yield* groupLines(group, result, options);
  }
  yield "";
  yield* summaryLines(result, width);
  yield `next: ${nextStep(result, options.commands)}`;
}
