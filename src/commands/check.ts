import { Flags } from "@oclif/core";
import type { Finding } from "../lib/catalogue/index.js";
import { errnoName } from "../lib/host/errno.js";
import { files } from "../lib/host/files.js";
import { canReport, writeReport } from "../lib/host/line-file.js";
import { check } from "../lib/index.js";
import { resolvePath } from "../lib/mount/bytes.js";
import type { MountSpec, Require } from "../lib/mount/spec.js";
import {
  type CheckRun,
  checkJson,
  checkLines,
  exitCode,
  findingLines,
  humanReport,
  makePaint,
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
import { overlayArgs, overlayFlags, resolveOverlay } from "./support/overlay.js";
import { type ReportFormat, type ReportWish, reportFlags, resolveReport } from "./support/report.js";

type ShownFlags = { readonly all: boolean; readonly verbose: boolean };

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
      description: "Only the index matters, of an overlay that fstab has",
      command: "<%= config.bin %> check /srv/export --require index",
    },
  ];
  static override exits = {
    0: "clean, and ready for what --require names",
    4: "findings of severity error (with --fail-on warning: also those), or not ready",
    8: "the check could not be completed, or the overlay is in use",
    16: "usage",
  } satisfies Exits;
  static override usage = overlayUsage("check");
  static override args = overlayArgs;
  static override flags = {
    ...overlayFlags,
    require: requireFlag(),
    ...reportFlags,
    all: Flags.boolean({ description: "show every finding, not the first few of each code" }),
    force: forceFlag(),
    verbose: Flags.boolean({ char: "v", description: "show also what the kernel does, and UUIDs" }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Check);
    const overlay = resolveOverlay({ ...flags, ...args });
    if ("usage" in overlay) this.usage(overlay.usage);
    const wish = resolveReport(flags);
    if ("usage" in wish) this.usage(wish.usage);
    if (wish.output !== null) this.ensureWritable(wish.output);
    const { mountpoint } = args;
    const at = mountpoint === undefined ? null : resolvePath(files.cwd(), argumentBytes(mountpoint));
    const run = await this.runCheck(overlay.spec, overlayName(overlay.spec, at), flags, wish);
    await this.report(run, flags, wish);
    if (run.exitCode !== 0) this.exit(run.exitCode);
  }

  private async runCheck(
    spec: MountSpec,
    name: Buffer,
    { require, force }: { readonly require: Require; readonly force: boolean },
    { format, output, quiet, strict }: ReportWish,
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
      onProgress,
      ...(streams ? { onFinding } : {}),
    }).finally(stop);
    const seconds = (performance.now() - began) / 1000;
    return { name, result, exitCode: exitCode(result, strict), ended: Date.now(), seconds };
  }

  /** What there is to say beside the lines of findings, which have been printed where they go to stdout. */
  private async report(
    run: CheckRun,
    flags: ShownFlags,
    { format, output, quiet }: ReportWish,
  ): Promise<void> {
    if (output === null) {
      if (quiet) return;
      return this.printPieces(
        format === "ndjson" ? [summaryLine(run)] : this.pieces(run, format, flags, false),
      );
    }
    const written = writeReport(output, this.pieces(run, format, flags, true));
    if (written !== 0) this.impossible(`cannot write the report: ${showPath(output)}: ${errnoName(written)}`);
  }

  private pieces(
    run: CheckRun,
    format: ReportFormat,
    { all, verbose }: ShownFlags,
    toFile: boolean,
  ): Iterable<string> {
    const commands = this.commandNames;
    switch (format) {
      case "text": {
        const [paint, width] = toFile ? [makePaint(false), WIDTH] : [this.paint, this.width];
        return endLines(humanReport(run.result, { paint, width, all, verbose, commands }));
      }
      case "json":
        return checkJson(run.result, { commands });
      case "ndjson":
        return checkLines(run, { commands });
      case "prometheus":
        return prometheusText([run]);
    }
  }

  /** Before minutes are spent on what could not be told. */
  private ensureWritable(output: Buffer): void {
    const answer = canReport(output);
    if (answer === 0) return;
    const name = errnoName(answer);
    if (name === "EINVAL") this.usage(`--output: ${showPath(output)}: is no regular file`);
    this.impossible(`cannot write the report: ${showPath(output)}: ${name}`);
  }
}
