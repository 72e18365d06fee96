/** In which form a check reports, where to, and what counts as a problem. */
import { Flags } from "@oclif/core";
import { REPORT_FORMATS, type ReportFormat } from "../../lib/report/index.js";
import { argumentBytes } from "./argument-bytes.js";

const FAIL_ON = ["error", "warning"] as const;
type FailOn = (typeof FAIL_ON)[number];

export const reportFlags = {
  format: Flags.option({ options: REPORT_FORMATS })({
    helpValue: REPORT_FORMATS.join("|"),
    description: "ndjson: a line for each finding as it is found; prometheus: for a textfile collector",
  }),
  json: Flags.boolean({ description: "the same as --format json: one document, and nothing else on stdout" }),
  output: Flags.string({
    helpValue: "FILE",
    description: "write the report there, as a whole or not at all; nothing on stdout",
  }),
  report: Flags.string({
    helpValue: "FILE",
    description: "write also a page for people there: one HTML file, complete in itself",
  }),
  quiet: Flags.boolean({ char: "q", description: "no report and no progress: the exit code tells" }),
  "fail-on": Flags.option({ options: FAIL_ON })({
    helpValue: FAIL_ON.join("|"),
    description: "the least severity that counts as a problem; error unless told",
  }),
  strict: Flags.boolean({ description: "the same as --fail-on warning" }),
};

/** What stands for stdin elsewhere. */
const DASH = Buffer.from("-");

interface ReportWords {
  readonly format?: ReportFormat | undefined;
  readonly json: boolean;
  readonly output?: string | undefined;
  readonly report?: string | undefined;
  readonly quiet: boolean;
  readonly "fail-on"?: FailOn | undefined;
  readonly strict: boolean;
  readonly all: boolean;
  readonly verbose: boolean;
}

export interface ReportWish {
  readonly format: ReportFormat;
  /** Null for stdout. */
  readonly output: Buffer | null;
  /** Where the page for people goes; null for none. */
  readonly page: Buffer | null;
  readonly quiet: boolean;
  /** Warnings count. */
  readonly strict: boolean;
}

export function resolveReport(words: ReportWords): ReportWish | { readonly usage: string } {
  const { json, quiet, strict } = words;
  if (json && words.format !== undefined && words.format !== "json")
    return { usage: `--json is --format json: leave out one of --json and --format ${words.format}` };
  const format = words.format ?? (json ? "json" : "text");
  if (strict && words["fail-on"] === "error")
    return { usage: "--strict is --fail-on warning: leave out one of --strict and --fail-on error" };
  const output = words.output === undefined ? null : argumentBytes(words.output);
  if (output?.length === 0) return { usage: "--output is empty" };
  const page = words.report === undefined ? null : argumentBytes(words.report);
  if (page?.length === 0) return { usage: "--report is empty" };
  for (const [file, flag, instead] of [
    [output, "--output", "leave it out to have the report on stdout"],
    [page, "--report", "name a file"],
  ] as const)
    if (file?.equals(DASH) === true)
      return { usage: `${flag}: - is not stdout: ${instead}, or write ./- for a file of that name` };
  if (output !== null && page?.equals(output) === true)
    return { usage: "--output and --report name one file: what is written last would be all of it" };
  if (quiet && output === null && (format !== "text" || words.all || words.verbose))
    return { usage: "--quiet prints no report: leave out what asks for one, or name a file with --output" };
  return { format, output, page, quiet, strict: strict || words["fail-on"] === "warning" };
}
