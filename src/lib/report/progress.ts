/** Progress on stderr, on a terminal only. */

import { wantsColour } from "./paint.js";
import { number } from "./text.js";

/** What a long run tells about itself. */
export interface ProgressEvent {
  /** "reading upper", "verifying the index", … */
  readonly phase: string;
  readonly count: number;
  /** Null where it is not known. */
  readonly total: number | null;
}

export interface Progress {
  readonly onProgress: (event: ProgressEvent) => void;
  /** Take the line away; nothing of it stays on the screen. What is reported afterwards brings it back. */
  readonly stop: () => void;
}

const SILENT: Progress = { onProgress: () => undefined, stop: () => undefined };
/** Milliseconds between two changes of the line. */
const INTERVAL = 100;

/** "reading upper: 12,000 of 90,000 (40,000/s)" */
export function progressText(event: ProgressEvent, seconds: number): string {
  const total = event.total === null ? "" : ` of ${number(event.total)}`;
  const rate = seconds > 0.5 ? ` (${number(Math.round(event.count / seconds))}/s)` : "";
  return `${event.phase}: ${number(event.count)}${total}${rate}`;
}

/** One that cannot would get a line for each change. */
const canErase = (env: NodeJS.ProcessEnv): boolean => env["TERM"] !== "dumb";

/**
 * A progress line on `stream`, or nothing where it is no terminal. The spinner's library is
 * loaded only here, for it costs more than a small check.
 */
export async function startProgress(stream: NodeJS.WriteStream, wanted: boolean): Promise<Progress> {
  // A terminal that has no size (a serial line, one that a program made) tells 0 columns: a line is then
  // infinitely many of the spinner's, and it would never end taking them away.
  if (!wanted || stream.isTTY !== true || !(stream.columns > 0) || !canErase(process.env)) return SILENT;
  const { default: ora } = await import("ora");
  const colour = wantsColour(stream, process.env);
  const spinner = ora({
    ...(colour ? {} : { color: false as const }),
    stream,
    text: "opening layers",
    // ASCII, as all that is printed.
    spinner: "line",
    discardStdin: false,
  }).start();
  let phase = "";
  let began = performance.now();
  let drawn = 0;
  return {
    onProgress: (event) => {
      const now = performance.now();
      if (event.phase !== phase) {
        phase = event.phase;
        began = now;
      } else if (now - drawn < INTERVAL) return;
      drawn = now;
      spinner.text = progressText(event, (now - began) / 1000);
      // At once, for what follows may keep this process from painting for long: a plan is carried out in one turn.
      if (spinner.isSpinning) spinner.render();
      else spinner.start();
    },
    stop: () => spinner.stop(),
  };
}
