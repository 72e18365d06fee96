/** What checks have found, as a document in the form that was asked for: a row a form. */
import type { CheckRun } from "./check-run.js";
import { type CheckedAll, everyExitCode, everyJson, everyReport } from "./every.js";
import { type HumanOptions, humanReport } from "./human.js";
import { checkJson } from "./json.js";
import { checkLines } from "./lines.js";
import { prometheusText } from "./prometheus.js";
import { endLines } from "./text.js";

export const REPORT_FORMATS = ["text", "json", "ndjson", "prometheus"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Of one overlay, or of every one there is. */
export type Subject =
  | { readonly kind: "one"; readonly run: CheckRun }
  | { readonly kind: "every"; readonly all: CheckedAll };

interface Form {
  readonly one: (run: CheckRun, options: HumanOptions) => Iterable<string>;
  readonly every: (all: CheckedAll, options: HumanOptions) => Iterable<string>;
}

const FORMS = {
  text: {
    one: ({ result }, options) => endLines(humanReport(result, options)),
    every: (all, options) => endLines(everyReport(all, options)),
  },
  json: {
    one: ({ result }, options) => checkJson(result, options),
    every: everyJson,
  },
  ndjson: {
    one: checkLines,
    every: linesOfEvery,
  },
  prometheus: {
    one: (run) => prometheusText([run]),
    every: (all) => prometheusText(runsOf(all)),
  },
} satisfies Record<ReportFormat, Form>;

/** The document in pieces; there may be very many. */
export function reportDocument(
  subject: Subject,
  format: ReportFormat,
  options: HumanOptions,
): Iterable<string> {
  const form: Form = FORMS[format];
  return subject.kind === "one" ? form.one(subject.run, options) : form.every(subject.all, options);
}

/** Bits of fsck(8). */
export function subjectExitCode(subject: Subject): number {
  return subject.kind === "one" ? subject.run.exitCode : everyExitCode(subject.all);
}

/** Whether the form has a place for overlays that could not be checked; see notChecked(). */
export function tellsUnchecked(format: ReportFormat): boolean {
  return format === "text" || format === "json";
}

function runsOf({ overlays }: CheckedAll): CheckRun[] {
  return overlays.flatMap(({ run }) => run ?? []);
}

function* linesOfEvery(all: CheckedAll, options: HumanOptions): Generator<string> {
  for (const run of runsOf(all)) yield* checkLines(run, options);
}
