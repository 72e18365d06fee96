import { Args, Flags } from "@oclif/core";
import { noteSignals } from "../lib/host/signals.js";
import type { MountSpec } from "../lib/mount/spec.js";
import type { JournalInfo, RunEvent } from "../lib/repair/run-result.js";
import { journals, undo } from "../lib/repair.js";
import { stackLines, startProgress } from "../lib/report/index.js";
import {
  journalLines,
  journalsExitCode,
  journalsJson,
  recoveryLines,
  undoExitCode,
  undoJson,
  undoLines,
  undoneWords,
  undoPlanLines,
} from "../lib/run-report/index.js";
import { argumentBytes } from "./support/argument-bytes.js";
import { jsonFlag } from "./support/flags.js";
import type { Exits } from "./support/metadata.js";
import { modeFlag, modeFlags, resolveMode } from "./support/mode.js";
import { noteOutputErrors, outputArrives } from "./support/output.js";
import { namesLayers } from "./support/overlay.js";
import { overlayArgs, overlayFlags } from "./support/overlay-flags.js";
import { confirm, openPrompt } from "./support/prompt.js";
import { RunBase } from "./support/run.js";

interface UndoWords {
  readonly journal: Buffer | null;
  readonly dryRun: boolean;
  readonly lower: boolean;
  readonly asks: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
}

export default class Undo extends RunBase {
  static override summary = "Take a run of build, repair or migrate back, to the byte.";
  static override description =
    "Plays a journal backwards: the newest that is not undone, unless one is named by its path or by its name in --list. Refuses, with the reason, where the overlay has changed since.";
  static override examples = [
    {
      description: "Which runs have left a journal",
      command: "<%= config.bin %> undo --list -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work",
    },
    {
      description: "Take the last one back",
      command: "<%= config.bin %> undo -y --lower /ovl/l1:/ovl/l2 --upper /ovl/upper --work /ovl/work",
    },
    {
      description: "What would be taken back of a certain one, of an overlay that fstab has",
      command: "<%= config.bin %> undo -n 0001-repair /srv/export",
    },
  ];
  static override exits = {
    0: "done",
    8: "could not be completed, or refused: there is no such run, or the overlay has changed since",
    16: "usage; also where nobody is there to be asked",
    32: "cancelled",
  } satisfies Exits;
  static override usage = ["undo [FLAGS] [JOURNAL] MOUNTPOINT", "undo [FLAGS] [JOURNAL] -o OPTIONS"];
  static override args = {
    journal: Args.string({
      ignoreStdin: true,
      description:
        "the journal; or, where it is the only one and no layers are given, where the overlay is mounted",
    }),
    ...overlayArgs,
  };
  static override flags = {
    ...overlayFlags,
    "dry-run": modeFlags["dry-run"],
    yes: Flags.boolean({ char: "y", description: "ask nothing" }),
    list: Flags.boolean({ description: "list the runs that have left a journal" }),
    json: jsonFlag(),
    "write-lower": Flags.boolean({ description: "take back what the run changed in lower layers, too" }),
    verbose: Flags.boolean({ char: "v", description: "show also UUIDs" }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Undo);
    const layered = namesLayers(flags);
    const [journal, mountpoint] =
      layered || args.mountpoint !== undefined ? [args.journal, args.mountpoint] : [undefined, args.journal];
    const spec = this.overlay({ ...flags, mountpoint });
    if (journal === "") this.usage("the name of the journal is empty");
    const idle = flags.list ? (modeFlag(flags) ?? journal ?? null) : null;
    if (idle !== null) this.usage(`--list only tells which runs there are: leave out ${idle}`);
    if (flags.list) return this.list(spec, flags.json);
    const chosen = resolveMode(flags, this.terminal, false);
    if ("usage" in chosen) this.usage(chosen.usage);
    return this.undo(spec, {
      ...flags,
      journal: journal === undefined ? null : argumentBytes(journal),
      dryRun: chosen.mode === "dry-run",
      lower: flags["write-lower"],
      asks: chosen.mode === "ask",
    });
  }

  private async list(spec: MountSpec, json: boolean): Promise<void> {
    const found = await journals(spec);
    if (json) await this.printPieces([journalsJson(found)]);
    else await this.printLines(journalLines(found, this.textOptions({ all: true, verbose: false })));
    const code = journalsExitCode(found);
    if (code !== 0) this.exit(code);
  }

  private async undo(spec: MountSpec, words: UndoWords): Promise<void> {
    const { journal, dryRun, lower, asks, json, verbose } = words;
    const options = this.textOptions({ all: false, verbose });
    const unwritable = noteOutputErrors();
    const progress = await startProgress(process.stderr, true);
    const out = json ? process.stderr : process.stdout;
    const say = (lines: Iterable<string>): void => {
      progress.stop();
      for (const line of lines) out.write(`${line}\n`);
    };
    let signalled = (): boolean => false;
    const asked = (): boolean => signalled() || unwritable() !== null;
    const accept = async (run: JournalInfo): Promise<boolean> => {
      if (!json) say(undoPlanLines(run, options));
      // From here on a signal ends the question, or the undoing between two changes.
      signalled = noteSignals();
      if (asks) {
        const prompt = openPrompt(process.stdin, process.stdout, asked);
        const yes = await confirm(prompt.ask, "Take it back?").finally(prompt.close);
        if (!yes) return false;
      }
      await outputArrives();
      return !asked();
    };
    const onEvent = (event: RunEvent): void => {
      if (json && (dryRun || event.kind !== "stack")) return;
      if (event.kind === "stack") say(stackLines(event.overlay, options));
      if (event.kind === "recovered") say(recoveryLines(event.recovery, options));
    };
    const { onProgress } = progress;
    const result = await undo(spec, {
      journal,
      dryRun,
      lower,
      accept,
      asked,
      onEvent,
      onProgress,
    }).finally(progress.stop);
    if (json) await this.printPieces([undoJson(result)]);
    else {
      if (dryRun && result.run !== null) await this.printLines(undoPlanLines(result.run, options));
      await this.printLines(undoLines(result, options));
    }
    await this.ensureWritten(unwritable, () => undoneWords(result));
    const code = undoExitCode(result);
    if (code !== 0) this.exit(code);
  }
}
