/** What `handles save` and `handles verify` say to a person. */
import type { HandleRecord } from "../handles/record.js";
import type { Saved } from "../handles/save.js";
import { type Outcome, VERDICTS, type Verdict } from "../handles/verdicts.js";
import type { Verified } from "../handles/verify.js";
import { overlayArguments } from "../report/command-line.js";
import type { Paint } from "../report/paint.js";
import { number, plural, safeText, showPath, timeText, wrap } from "../report/text.js";
import { verdictOf } from "../report/verdict.js";

export interface HandlesTextOptions {
  readonly paint: Paint;
  readonly width: number;
  /** Every handle that is wrong or stale, not the first few for each reason. */
  readonly all: boolean;
}

/** Handles of a reason that are shown without --all. */
const SHOWN = 3;
const TOLD: readonly Outcome[] = ["wrong", "stale"];

export function* saveLines(file: Buffer, { records, copiesUp }: Saved): Generator<string> {
  yield `saved ${plural(records, "handle")} in ${showPath(file)}`;
  if (copiesUp > 0)
    yield `the kernel copies ${plural(copiesUp, "directory", "directories")} up before it gives their handles out`;
}

/** The report, line by line. */
export function* verifyLines(verified: Verified, options: HandlesTextOptions): Generator<string> {
  const { paint, width } = options;
  const { verdicts, check, header, file } = verified;
  const colour = verdicts.count("wrong") + verdicts.count("stale") === 0 ? paint.good : paint.bad;
  yield* wrap(sentence(verified), width, 2).map(colour);
  yield* wrap(`  saved     ${safeText(timeText(header.saved))}, ${showPath(file)}`, width, 12);
  const second = verdicts.times("same-second-inode");
  const isBy =
    second === 0
      ? ""
      : `, of them ${number(second)} by a second inode number: they have got index entries since`;
  yield* wrap(`  same      ${number(verdicts.count("same"))}${isBy}`, width, 12);
  const open = verdicts.times("deleted-and-opens");
  const isOpen = open === 0 ? "" : `, of them ${number(open)} that the kernel opens still (nlink-wrong)`;
  yield* wrap(`  deleted   ${number(verdicts.count("deleted"))}${isOpen}`, width, 12);
  yield `  stale     ${number(verdicts.count("stale"))}`;
  yield `  wrong     ${number(verdicts.count("wrong"))}`;
  if (check !== null && (!check.complete || check.provisional)) {
    const { word, sentence: why } = verdictOf(check);
    yield* wrap(`${word}: ${safeText(why)}`, width, 2).map((line) => paint.unsure(line));
  }
  const examples = examplesOf(verified, options.all);
  for (const outcome of TOLD) {
    for (const { verdict, count } of verdicts.byVerdict(outcome)) {
      yield "";
      yield* wrap(`${paint.bad(`${outcome}:`)} ${VERDICTS[verdict].reason} (${number(count)})`, width, 2);
      const shown = examples.get(verdict) ?? [];
      for (const { path } of shown) yield `  ${showPath(path)}`;
      if (count > shown.length) yield `  ... and ${number(count - shown.length)} more (--all shows them)`;
    }
  }
  if (check !== null && verdicts.count("wrong") + verdicts.count("stale") > 0) {
    yield "";
    yield `next: ovl-index check ${overlayArguments(check.overlay, null)}`;
  }
}

function sentence({ verdicts }: Verified): string {
  const wrong = verdicts.count("wrong");
  const stale = verdicts.count("stale");
  const of = plural(verdicts.size, "handle");
  if (wrong + stale === 0) {
    const open = verdicts.times("deleted-and-opens");
    const but =
      open === 0
        ? ""
        : `, but for ${plural(open, "deleted hard link")} that still ${open === 1 ? "opens" : "open"}`;
    return `GOOD: each of ${of} leads to its object, or to ESTALE where that was deleted${but}.`;
  }
  const parts = [
    ...(wrong > 0 ? [`${plural(wrong, "leads", "lead")} to what they should not`] : []),
    ...(stale > 0 ? [`${plural(stale, "leads", "lead")} nowhere though the object is there`] : []),
  ];
  return `NOT GOOD: of ${of} ${parts.join(", ")}.`;
}

/** The first few records of each verdict that is told; with `all`, all of them. */
function examplesOf(verified: Verified, all: boolean): ReadonlyMap<Verdict, readonly HandleRecord[]> {
  const examples = new Map<Verdict, HandleRecord[]>();
  for (const { record, verdict } of verified.judged(TOLD)) {
    const known = examples.get(verdict) ?? [];
    if (all || known.length < SHOWN) known.push(record);
    examples.set(verdict, known);
  }
  return examples;
}
