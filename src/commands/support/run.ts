/** What `repair`, `build` and `migrate` share: show the stack and the plan, have it accepted, carry it out, tell how it ended. */
import { Flags } from "@oclif/core";
import { noteSignals } from "../../lib/host/signals.js";
import type { MountSpec, Require } from "../../lib/mount/spec.js";
import type { Plan } from "../../lib/plan/types.js";
import type {
  Decision,
  MigrateRequest,
  RunCommand,
  RunEvent,
  RunMode,
  RunResult,
} from "../../lib/repair/run-result.js";
import { repair } from "../../lib/repair.js";
import { stackLines, startProgress, verdictLines } from "../../lib/report/index.js";
import {
  askedActionLines,
  endedWords,
  migrationLines,
  planLines,
  type RunTextOptions,
  recoveryLines,
  runExitCode,
  runJson,
  runLines,
} from "../../lib/run-report/index.js";
import { wordsAgain } from "./again.js";
import { BaseCommand } from "./base.js";
import { AllAtOnce, acceptedBy, OneByOne } from "./decide.js";
import { forceFlag, jsonFlag, requireFlag } from "./flags.js";
import { type ModeWords, modeFlags, resolveMode } from "./mode.js";
import { noteOutputErrors, outputArrives } from "./output.js";
import type { OverlayWords } from "./overlay.js";
import { overlayFlags } from "./overlay-flags.js";
import { openPrompt, type Prompt } from "./prompt.js";

export const runFlags = {
  ...overlayFlags,
  ...modeFlags,
  require: requireFlag(),
  json: jsonFlag(),
  all: Flags.boolean({ description: "show every change, not the first few of each kind" }),
  force: forceFlag(),
  verbose: Flags.boolean({ char: "v", description: "show also each single step, and UUIDs" }),
};

export interface RunFlags {
  readonly require: Require;
  readonly force: boolean;
  readonly json: boolean;
  readonly all: boolean;
  readonly verbose: boolean;
}

/** What a command does with them. */
export interface RunTask {
  readonly command: RunCommand;
  /** Lower layers may be written. */
  readonly lower: boolean;
  readonly clearVolatile: boolean;
  /** Of `migrate`. */
  readonly migrate?: MigrateRequest;
}

export abstract class RunBase extends BaseCommand {
  /** Find the overlay and who accepts the plan, and carry it out. */
  protected async runOn(flags: RunFlags & ModeWords & OverlayWords, task: RunTask): Promise<void> {
    const spec = this.overlay(flags);
    const chosen = resolveMode(flags, this.terminal);
    if ("usage" in chosen) this.usage(chosen.usage);
    return this.carryOut(spec, { ...flags, ...chosen, ...task });
  }

  private async carryOut(
    spec: MountSpec,
    words: RunFlags & RunTask & { readonly mode: RunMode },
  ): Promise<void> {
    const { command, mode, require, force, lower, clearVolatile, json } = words;
    const options = { ...this.textOptions(words), again: wordsAgain(words) };
    const unwritable = noteOutputErrors();
    const progress = await startProgress(process.stderr, true);
    // With --json stdout is for the document alone; what has to be seen before a write goes to stderr.
    const out = json ? process.stderr : process.stdout;
    const say = (lines: Iterable<string>): void => {
      progress.stop();
      for (const line of lines) out.write(`${line}\n`);
    };
    let prompt: Prompt | null = null;
    const ask = (question: string): Promise<string | null> => {
      prompt ??= openPrompt(process.stdin, process.stdout, () => asked());
      return prompt.ask(question);
    };
    const asker =
      command !== "repair"
        ? new AllAtOnce(ask)
        : new OneByOne({ ask, show: (action, place) => say(askedActionLines(action, place, options)) });
    let signalled = (): boolean => false;
    const asked = (): boolean => signalled() || unwritable() !== null;
    let shown = false;
    const decide = async (plan: Plan, round: number, waiting: number): Promise<Decision> => {
      shown = true;
      if (!json) {
        say([""]);
        say(planLines(plan, round, options, mode === "ask" && command === "repair", waiting));
      }
      // Until here a signal ends the process; from here on it ends the question, or the run between two actions.
      signalled = noteSignals();
      const decision = mode === "ask" ? await asker.decide(plan) : acceptedBy(mode, plan);
      // Nobody has seen a plan that could not be shown.
      await outputArrives();
      return asked() ? "quit" : decision;
    };
    const onEvent = (event: RunEvent): void => {
      if (!json || (event.kind === "stack" && mode !== "dry-run")) say(this.eventLines(event, options));
    };
    const result = await repair(spec, {
      command,
      require,
      mode,
      force,
      lower,
      clearVolatile,
      ...(words.migrate === undefined ? {} : { migrate: words.migrate }),
      decide,
      asked,
      onEvent,
      onProgress: progress.onProgress,
    }).finally(() => {
      progress.stop();
      prompt?.close();
    });
    if (json) {
      await this.printPieces(runJson(result, { commands: this.commandNames, steps: words.verbose }));
    } else {
      if (!shown) await this.printLines(unaskedPlan(result, options));
      await this.printLines(runLines(result, options));
    }
    await this.ensureWritten(unwritable, () => endedWords(result));
    const code = runExitCode(result);
    if (code !== 0) this.exit(code);
  }

  /** Where what there was to say could not be written, stderr has it in a line: exit 8. */
  protected async ensureWritten(unwritable: () => string | null, ended: () => string): Promise<void> {
    await outputArrives();
    const failure = unwritable();
    if (failure !== null) this.impossible(`cannot write the report: ${failure}; ${ended()}`);
  }

  private eventLines(event: RunEvent, options: RunTextOptions): string[] {
    switch (event.kind) {
      case "stack":
        return stackLines(event.overlay, options);
      case "recovered":
        return recoveryLines(event.recovery, options);
      case "checked":
        return event.round === 1 ? verdictLines(event.result, options.paint, options.width) : [];
      case "migrating":
        return migrationLines(event.migration, options);
    }
  }

  /** Somebody reads stdout and can answer on stdin. */
  protected get terminal(): boolean {
    return process.stdin.isTTY === true && process.stdout.isTTY === true;
  }

  protected textOptions({ all, verbose }: { all: boolean; verbose: boolean }): RunTextOptions {
    return { paint: this.paint, width: this.width, all, verbose, commands: this.commandNames, again: "" };
  }
}

/** The plan that nobody was asked about: of a dry run, or an empty one. */
function* unaskedPlan(result: RunResult, options: RunTextOptions): Generator<string> {
  const actions = result.plan.map(({ action }) => action);
  // What kept the run from planning is told below.
  if (result.trouble !== null && actions.length === 0) return;
  yield "";
  yield* planLines({ actions, left: result.left }, 1, options);
}
