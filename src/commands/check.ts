import { Flags } from "@oclif/core";
import type { Finding } from "../lib/catalogue/index.js";
import { errnoName } from "../lib/host/errno.js";
import { files } from "../lib/host/files.js";
import { canReport, writeReport } from "../lib/host/line-file.js";
import { check } from "../lib/index.js";
import { resolvePath } from "../lib/mount/bytes.js";
import { moduleDefaults } from "../lib/mount/defaults.js";
import { everyOverlay } from "../lib/mount/every.js";
import type { MountSpec, Require } from "../lib/mount/spec.js";
import {
  type CheckedAll,
  type CheckedOverlay,
  type CheckRun,
  checkJson,
  checkLines,
  everyExitCode,
  everyJson,
  everyReport,
  exitCode,
  findingLines,
  type HumanOptions,
  humanReport,
  makePaint,
  notChecked,
  overlayName,
  prometheusText,
  requestedOptions,
  showPath,
  startProgress,
  summaryLine,
} from "../lib/report/index.js";
import { argumentBytes } from "./support/argument-bytes.js";
import { BaseCommand, endLines, WIDTH } from "./support/base.js";
import { forceFlag, requireFlag } from "./support/flags.js";
import { type Exits, overlayUsage } from "./support/metadata.js";
import {
  emptyWord,
  failureLine,
  namesLayers,
  type OverlayWords,
  overlayArgs,
  overlayFlags,
  placeOf,
} from "./support/overlay.js";
import { pageOf } from "./support/page.js";
import { type ReportWish, reportFlags, resolveReport } from "./support/report.js";

interface CheckFlags {
  readonly require: Require;
  readonly force: boolean;
  readonly all: boolean;
  readonly verbose: boolean;
}

export default class Check extends BaseCommand {
  static override summary = "Tell what the kernel will do with an overlay, and whether handles are safe.";
  static override description =
    "Reads all layers and the index and compares them with what the kernel does at mount, at lookup and when it decodes a handle. Writes nothing.";
  static override examples = [
    {
      description: "Is it safe to export",
      command: "<%= config.bin %> check -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work",
    },
    {
      description: "For a script, with layers by themselves",
      command: "<%= config.bin %> check --lower /ovl/l1:/ovl/l2 --upper /ovl/upper --work /ovl/work --json",
    },
    {
      description: "A page to look at, or to hand on",
      command:
        "<%= config.bin %> check --report report.html -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work",
    },
    {
      description: "Only the index matters, of an overlay that fstab has",
      command: "<%= config.bin %> check /srv/export --require index",
    },
    {
      description: "A container's",
      command: "<%= config.bin %> check --podman web",
    },
  ];
  static override exits = {
    0: "clean, and ready for what --require names",
    4: "findings of severity error (with --fail-on warning: also those), or not ready",
    8: "the check could not be completed, or the overlay is in use",
    16: "usage",
  } satisfies Exits;
  static override usage = [...overlayUsage("check"), "check [FLAGS] --all"];
  static override args = overlayArgs;
  static override flags = {
    ...overlayFlags,
    require: requireFlag(),
    ...reportFlags,
    all: Flags.boolean({
      description: "show every finding; where no overlay is named, of every overlay there is",
    }),
    force: forceFlag(),
    verbose: Flags.boolean({ char: "v", description: "show also what the kernel does, and UUIDs" }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Check);
    const { mountpoint } = args;
    const isEvery = flags.all && !namesLayers(flags) && mountpoint === undefined;
    const wish = resolveReport({ ...flags, all: flags.all && !isEvery });
    if ("usage" in wish) this.usage(wish.usage);
    const spec = isEvery ? null : this.overlay({ ...flags, mountpoint });
    if (isEvery && wish.page !== null) this.usage("--report is of one overlay: say which");
    if (wish.output !== null) this.ensureWritable(wish.output, "--output");
    if (wish.page !== null) this.ensureWritable(wish.page, "--report");
    if (spec === null) return this.checkEvery(flags, wish);
    const at = mountpoint === undefined ? null : resolvePath(files.cwd(), argumentBytes(mountpoint));
    const run = await this.runCheck(spec, overlayName(spec, at), flags, wish);
    if (wish.page !== null) this.writeFile(wish.page, [pageOf(run, this.commandNames)]);
    await this.report(() => this.pieces(run, flags, wish), wish);
    if (run.exitCode !== 0) this.exit(run.exitCode);
  }

  private async checkEvery(flags: CheckFlags & Pick<OverlayWords, "root">, wish: ReportWish): Promise<void> {
    const empty = emptyWord(flags);
    if (empty !== null) this.usage(empty);
    const place = placeOf(flags);
    if (!("files" in place)) this.nowhere(place);
    const { overlays, unread } = everyOverlay(place, moduleDefaults(files));
    const checked: CheckedOverlay[] = [];
    for (const overlay of overlays) {
      const { name, result } = overlay;
      const run = result.ok ? await this.runCheck(result.spec, name, flags, wish) : null;
      checked.push({ overlay, run, trouble: result.ok ? null : failureLine(result) });
    }
    const all: CheckedAll = { require: flags.require, overlays: checked, unread: unread.map(failureLine) };
    await this.report(() => this.allPieces(all, flags, wish), wish);
    if (!wish.quiet && (wish.format === "ndjson" || wish.format === "prometheus")) {
      for (const line of notChecked(all)) this.logToStderr(`ovl-index: ${line}`);
    }
    const code = everyExitCode(all);
    if (code !== 0) this.exit(code);
  }

  private async runCheck(
    spec: MountSpec,
    name: Buffer,
    { require, force }: Pick<CheckFlags, "require" | "force">,
    { format, output, page, quiet, strict }: ReportWish,
  ): Promise<CheckRun> {
    const { onProgress, stop } = await startProgress(process.stderr, !quiet);
    const asked = { require, overlay: { requested: requestedOptions(spec.options) } };
    const line = findingLines(name, asked, { commands: this.commandNames });
    const onFinding = (found: Finding): void => {
      stop();
      process.stdout.write(line(found));
    };
    const streams = format === "ndjson" && output === null;
    const began = performance.now();
    const result = await check(spec, {
      require,
      force,
      coverage: page !== null,
      onProgress,
      ...(streams ? { onFinding } : {}),
    }).finally(stop);
    const seconds = (performance.now() - began) / 1000;
    const run = { name, result, exitCode: exitCode(result, strict), ended: Date.now(), seconds };
    if (streams) await this.printPieces([summaryLine(run)]);
    return run;
  }

  /** Lines of findings that go to stdout have been printed as they were found. */
  private async report(pieces: () => Iterable<string>, { format, output, quiet }: ReportWish): Promise<void> {
    if (output === null) {
      if (quiet || format === "ndjson") return;
      return this.printPieces(pieces());
    }
    this.writeFile(output, pieces());
  }

  private pieces(run: CheckRun, flags: CheckFlags, wish: ReportWish): Iterable<string> {
    const commands = this.commandNames;
    switch (wish.format) {
      case "text":
        return endLines(humanReport(run.result, this.humanOptions(flags, wish)));
      case "json":
        return checkJson(run.result, { commands });
      case "ndjson":
        return checkLines(run, { commands });
      case "prometheus":
        return prometheusText([run]);
    }
  }

  private allPieces(all: CheckedAll, flags: CheckFlags, wish: ReportWish): Iterable<string> {
    const commands = this.commandNames;
    const runs = all.overlays.flatMap(({ run }) => run ?? []);
    switch (wish.format) {
      case "text":
        return endLines(everyReport(all, this.humanOptions(flags, wish)));
      case "json":
        return everyJson(all, { commands });
      case "ndjson":
        return linesOf(runs, commands);
      case "prometheus":
        return prometheusText(runs);
    }
  }

  private humanOptions({ all, verbose }: CheckFlags, { output }: ReportWish): HumanOptions {
    const [paint, width] = output === null ? [this.paint, this.width] : [makePaint(false), WIDTH];
    return { paint, width, all, verbose, commands: this.commandNames };
  }

  private writeFile(file: Buffer, pieces: Iterable<string>): void {
    const written = writeReport(file, pieces);
    if (written !== 0) this.impossible(`cannot write the report: ${showPath(file)}: ${errnoName(written)}`);
  }

  /** Before minutes are spent on what could not be told. */
  private ensureWritable(file: Buffer, flag: string): void {
    const answer = canReport(file);
    if (answer === 0) return;
    const name = errnoName(answer);
    if (name === "EINVAL") this.usage(`${flag}: ${showPath(file)}: is no regular file`);
    this.impossible(`cannot write the report: ${showPath(file)}: ${name}`);
  }
}

function* linesOf(runs: readonly CheckRun[], commands: ReadonlySet<string>): Generator<string> {
  for (const run of runs) yield* checkLines(run, { commands });
}
