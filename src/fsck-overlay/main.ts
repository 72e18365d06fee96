/** `fsck.overlay`: arguments in, one call, lines and an exit code out. It never asks anything. */
import { noteOutputErrors, outputArrives } from "../commands/support/output.js";
import { messageOf } from "../lib/catalogue/index.js";
import { fsck } from "../lib/fsck/fsck.js";
import { noteSignals } from "../lib/host/signals.js";
import type { RunEvent } from "../lib/repair/run-result.js";
import { EXIT } from "../lib/report/exit.js";
import { makePaint, wantsColour } from "../lib/report/paint.js";
import { startProgress } from "../lib/report/progress.js";
import { stackLines } from "../lib/report/stack.js";
import { fitted, safeText, showPath } from "../lib/report/text.js";
import { VERSION } from "../lib/version.js";
import { type Arguments, parseArguments } from "./arguments.js";
import { findOverlay } from "./overlay.js";
import { HELP, reportLines } from "./text.js";

const WIDTH = 80;
/** Lines that are written at once. */
const BATCH = 1000;

/** Run one command line and set the exit code. Whatever goes wrong is told in a line. */
export async function run(argv: readonly string[]): Promise<void> {
  try {
    process.exitCode = await main(argv);
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    process.exitCode = EXIT.incomplete;
  }
}

async function main(argv: readonly string[]): Promise<number> {
  const parsed = parseArguments(argv);
  if ("usage" in parsed) return usage(parsed.usage);
  if (!parsed.help && !parsed.version) return check(parsed);
  await print([parsed.help ? HELP : `fsck.overlay ${VERSION}`]);
  return EXIT.clean;
}

async function check(given: Arguments): Promise<number> {
  const overlay = findOverlay(given);
  if ("usage" in overlay) return usage(overlay.usage);
  const unwritable = noteOutputErrors();
  const { verbose, mode: asked } = given;
  const mode = asked ?? "dry-run";
  // A run that only reads ends at once: nothing is half done.
  const signalled = mode === "dry-run" ? () => false : noteSignals();
  const progress = await startProgress(process.stderr, true);
  const result = await fsck(overlay.spec, {
    mode,
    asked: () => signalled() || unwritable() !== null,
    onEvent: (event) => {
      progress.stop();
      tell(event, verbose);
    },
    onProgress: progress.onProgress,
  }).finally(progress.stop);
  if (result.inUse !== null && mode === "dry-run") complain(`warning: ${messageOf(result.inUse)}`);
  const paint = makePaint(wantsColour(process.stdout, process.env));
  const width = process.stdout.columns || Number.POSITIVE_INFINITY;
  await print(reportLines(result, { paint, verbose, width }));
  const failure = unwritable();
  if (failure === null) return result.exit;
  complain(`cannot write the report: ${failure}`);
  return EXIT.incomplete;
}

function tell(event: RunEvent, verbose: boolean): void {
  if (event.kind === "stack") {
    const lines = stackLines(event.overlay, { width: process.stdout.columns || WIDTH, verbose });
    process.stdout.write(`${lines.join("\n")}\n`);
  }
  if (event.kind === "recovered") {
    const { command, how, journal } = event.recovery;
    process.stdout.write(`an interrupted ${command}: ${how} (${showPath(journal)})\n`);
  }
}

function usage(message: string): number {
  complain(`${message}; see fsck.overlay -h`);
  return EXIT.usage;
}

const complain = (message: string): void => {
  const lines = fitted(`fsck.overlay: ${safeText(message)}`, process.stderr, 2);
  process.stderr.write(`${lines.join("\n")}\n`);
};

async function print(lines: Iterable<string>): Promise<void> {
  let batch: string[] = [];
  const flush = async (): Promise<void> => {
    process.stdout.write(batch.map((line) => `${line}\n`).join(""));
    batch = [];
    await outputArrives();
  };
  for (const line of lines) {
    batch.push(line);
    if (batch.length >= BATCH) await flush();
  }
  await flush();
}
