import { Flags } from "@oclif/core";
import { files } from "../lib/host/files.js";
import { resolvePath } from "../lib/mount/bytes.js";
import { moduleDefaults } from "../lib/mount/defaults.js";
import { type EveryOverlay, everyOverlay } from "../lib/mount/every.js";
import type { MountSpec, Require } from "../lib/mount/spec.js";
import {
  type CheckedAll,
  type CheckedOverlay,
  makePaint,
  notChecked,
  overlayName,
  reportDocument,
  type Subject,
  subjectExitCode,
  tellsUnchecked,
} from "../lib/report/index.js";
import { argumentBytes } from "./support/argument-bytes.js";
import { BaseCommand, WIDTH } from "./support/base.js";
import { type CheckWish, runCheck } from "./support/check-run.js";
import { forceFlag, requireFlag } from "./support/flags.js";
import { type Exits, overlayUsage } from "./support/metadata.js";
import { emptyWord, failureLine, namesLayers, type OverlayWords, placeOf } from "./support/overlay.js";
import { overlayArgs, overlayFlags } from "./support/overlay-flags.js";
import { pageOf } from "./support/page.js";
import { type ReportWish, reportFlags, resolveReport } from "./support/report.js";
import { reportFileTrouble, writeReportFile } from "./support/report-file.js";

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
    if (isEvery && wish.page !== null) this.usage("--report is of one overlay: say which");
    const what: What = isEvery ? this.every(flags) : { spec: this.overlay({ ...flags, mountpoint }) };
    this.ensureWritable(wish.output, "--output", what);
    this.ensureWritable(wish.page, "--report", what);
    const asked = this.checkWish(flags, wish);
    const subject: Subject =
      "spec" in what
        ? { kind: "one", run: await runCheck(what.spec, nameOf(what.spec, mountpoint), asked) }
        : { kind: "every", all: await checkEvery(what, asked) };
    if (wish.page !== null && subject.kind === "one")
      this.writeFile(wish.page, [pageOf(subject.run, this.commandNames)]);
    await this.report(subject, flags, wish);
    const code = subjectExitCode(subject);
    if (code !== 0) this.exit(code);
  }

  /** Every overlay of this system, or of an image of one. */
  private every(words: Pick<OverlayWords, "root">): EveryOverlay {
    const empty = emptyWord(words);
    if (empty !== null) this.usage(empty);
    const place = placeOf(words);
    if (!("files" in place)) this.nowhere(place);
    return everyOverlay(place, moduleDefaults(files));
  }

  private checkWish(flags: CheckFlags, { format, output, page, quiet, strict }: ReportWish): CheckWish {
    const streams = format === "ndjson" && output === null;
    return {
      require: flags.require,
      force: flags.force,
      coverage: page !== null,
      strict,
      quiet,
      commands: this.commandNames,
      onLine: streams ? (line) => process.stdout.write(line) : null,
    };
  }

  private async report(subject: Subject, flags: CheckFlags, wish: ReportWish): Promise<void> {
    const { format, output, quiet } = wish;
    const [paint, width] = output === null ? [this.paint, this.width] : [makePaint(false), WIDTH];
    const { all, verbose } = flags;
    const pieces = reportDocument(subject, format, {
      paint,
      width,
      all,
      verbose,
      commands: this.commandNames,
    });
    if (output !== null) this.writeFile(output, pieces);
    // Lines have been printed as they were found.
    else if (!quiet && format !== "ndjson") await this.printPieces(pieces);
    if (quiet || subject.kind === "one" || tellsUnchecked(format)) return;
    for (const line of notChecked(subject.all)) this.logToStderr(`ovl-index: ${line}`);
  }

  private writeFile(file: Buffer, pieces: Iterable<string>): void {
    const trouble = writeReportFile(file, pieces);
    if (trouble !== null) this.impossible(trouble);
  }

  private ensureWritable(file: Buffer | null, flag: string, what: What): void {
    const trouble = file === null ? null : reportFileTrouble(file, flag, specsOf(what));
    if (trouble !== null) this.nowhere(trouble);
  }
}

/** One overlay, or every one that there is. */
type What = { readonly spec: MountSpec } | EveryOverlay;

function specsOf(what: What): readonly MountSpec[] {
  if ("spec" in what) return [what.spec];
  return what.overlays.flatMap(({ result }) => (result.ok ? [result.spec] : []));
}

async function checkEvery({ overlays, unread }: EveryOverlay, wish: CheckWish): Promise<CheckedAll> {
  const checked: CheckedOverlay[] = [];
  for (const overlay of overlays) {
    const { name, result } = overlay;
    const run = result.ok ? await runCheck(result.spec, name, wish) : null;
    checked.push({ overlay, run, trouble: result.ok ? null : failureLine(result) });
  }
  return { require: wish.require, overlays: checked, unread: unread.map(failureLine) };
}

function nameOf(spec: MountSpec, mountpoint: string | undefined): Buffer {
  return overlayName(
    spec,
    mountpoint === undefined ? null : resolvePath(files.cwd(), argumentBytes(mountpoint)),
  );
}
