/** What all commands share: printing, and errors as one line with an exit code. */
import { Command } from "@oclif/core";
import type { MountSpec } from "../../lib/mount/spec.js";
import { EXIT, endLines, makePaint, type Paint, safeText, wantsColour } from "../../lib/report/index.js";
import type { Exits } from "./metadata.js";
import { type OverlayWords, type PlaceFailure, resolveOverlay } from "./overlay.js";

/** Columns where stdout is no terminal. */
export const WIDTH = 80;
/** Longer lines are hard to read even where there is room. */
const WIDEST = 110;

export abstract class BaseCommand extends Command {
  /** For --help and the manual page. */
  static exits: Exits = {};

  /** For stdout: colour only on a terminal. */
  protected get paint(): Paint {
    return makePaint(wantsColour(process.stdout, process.env));
  }

  protected get width(): number {
    // 0: a terminal that has no size.
    return Math.min(process.stdout.columns || WIDTH, WIDEST);
  }

  /** Commands that this version has. */
  protected get commandNames(): ReadonlySet<string> {
    return new Set(this.config.commandIDs);
  }

  protected get version(): string {
    return this.config.version;
  }

  protected printLines(lines: Iterable<string>): Promise<void> {
    return this.printPieces(endLines(lines));
  }

  /** Wait where the reader is slower than we are. */
  protected async printPieces(pieces: Iterable<string>): Promise<void> {
    let batch = "";
    for (const piece of pieces) {
      batch += piece;
      if (batch.length < 1 << 16) continue;
      await writeOut(batch);
      batch = "";
    }
    await writeOut(batch);
  }

  /** The overlay that flags and arguments name; where they name none, that is the end. */
  protected overlay(words: OverlayWords): MountSpec {
    const overlay = resolveOverlay(words);
    return "spec" in overlay ? overlay.spec : this.nowhere(overlay);
  }

  /** There is nothing to be looked at, or nowhere to look for it. */
  protected nowhere(failure: PlaceFailure): never {
    if ("usage" in failure) this.usage(failure.usage);
    this.impossible(failure.impossible);
  }

  /** Arguments that make no sense: exit 16. */
  protected usage(message: string): never {
    this.error(safeText(message), { exit: EXIT.usage });
  }

  /** Somebody wants no more of it: exit 32. */
  protected cancelled(): never {
    this.error("cancelled", { exit: EXIT.cancelled });
  }

  /** What was asked for could not be done: exit 8. */
  protected impossible(message: string): never {
    this.error(safeText(message), { exit: EXIT.incomplete });
  }
}

/** Also comes back where it could not be written: what listens for errors of stdout knows what that means. */
function writeOut(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}
