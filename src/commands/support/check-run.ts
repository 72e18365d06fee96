/** One check, with progress where somebody watches, and its lines as they come where somebody reads along. */
import type { Finding } from "../../lib/catalogue/index.js";
import { check } from "../../lib/index.js";
import type { MountSpec, Require } from "../../lib/mount/spec.js";
import {
  type CheckRun,
  exitCode,
  findingLines,
  requestedOptions,
  startProgress,
  summaryLine,
} from "../../lib/report/index.js";

export interface CheckWish {
  readonly require: Require;
  /** Read also what nothing on the disk points at. */
  readonly force: boolean;
  /** Count how much of each directory the index covers. */
  readonly coverage: boolean;
  /** Warnings count. */
  readonly strict: boolean;
  readonly quiet: boolean;
  /** Commands that this version has. */
  readonly commands: ReadonlySet<string>;
  /** Takes a line of JSON for each finding as it is found, and the summary; null where nobody reads along. */
  readonly onLine: ((line: string) => void) | null;
}

/** @param name see overlayName() */
export async function runCheck(spec: MountSpec, name: Buffer, wish: CheckWish): Promise<CheckRun> {
  const { require, force, coverage, strict, quiet, commands, onLine } = wish;
  const { onProgress, stop } = await startProgress(process.stderr, !quiet);
  const line = findingLines(
    name,
    { require, overlay: { requested: requestedOptions(spec.options) } },
    { commands },
  );
  const onFinding = (found: Finding): void => {
    stop();
    onLine?.(line(found));
  };
  const streams = onLine === null ? {} : { onFinding };
  const began = performance.now();
  const result = await check(spec, { require, force, coverage, onProgress, ...streams }).finally(stop);
  const seconds = (performance.now() - began) / 1000;
  const run = { name, result, exitCode: exitCode(result, strict), ended: Date.now(), seconds };
  onLine?.(summaryLine(run));
  return run;
}
