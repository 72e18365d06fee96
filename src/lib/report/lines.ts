/**
 * A check as lines of JSON: each finding in the moment in which it is found, a summary at the end. Who sees no summary has
 * not seen all findings. The lines' shape is schemas/check-line-1.schema.json.
 */
import type { Finding } from "../catalogue/index.js";
import type { CheckRun } from "./check-run.js";
import type { Asked } from "./findings.js";
import { findingMaker, type JsonOptions, jsonPath, verdictJson } from "./json.js";

export const CHECK_LINE_SCHEMA = "ovl-index/check-line/1";

function opening(kind: "finding" | "summary", name: Buffer): string {
  const { path, pathHex } = { pathHex: undefined, ...jsonPath(name) };
  const told = { name: path, ...(pathHex === undefined ? {} : { nameHex: pathHex }) };
  return JSON.stringify({ schema: CHECK_LINE_SCHEMA, kind, ...told }).slice(0, -1);
}

/** To make a line of each finding. `name`: see overlayName(). */
export function findingLines(name: Buffer, asked: Asked, options: JsonOptions): (found: Finding) => string {
  const begin = opening("finding", name);
  const item = findingMaker(asked, options);
  return (found) => `${begin},${item(found).slice(1)}\n`;
}

/** The last line: all of `check --json` but the findings, and the exit code. */
export function summaryLine({ name, result, exitCode }: CheckRun): string {
  const fields = JSON.stringify({ ...verdictJson(result), exitCode });
  return `${opening("summary", name)},${fields.slice(1)}\n`;
}

/** All lines of a check that has ended. */
export function* checkLines(run: CheckRun, options: JsonOptions): Generator<string> {
  const line = findingLines(run.name, run.result, options);
  for (const found of run.result.findings) yield line(found);
  yield summaryLine(run);
}
