import { Flags } from "@oclif/core";
import { check } from "../lib/index.js";
import { checkJson, exitCode, humanReport, startProgress } from "../lib/report/index.js";
import { BaseCommand } from "./support/base.js";
import { forceFlag, jsonFlag, requireFlag } from "./support/flags.js";
import { type Exits, overlayUsage } from "./support/metadata.js";
import { overlayArgs, overlayFlags, resolveOverlay } from "./support/overlay.js";

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
    4: "findings of severity error (with --strict: also warning), or not ready",
    8: "the check could not be completed, or the overlay is in use",
    16: "usage",
  } satisfies Exits;
  static override usage = overlayUsage("check");
  static override args = overlayArgs;
  static override flags = {
    ...overlayFlags,
    require: requireFlag(),
    json: jsonFlag(),
    strict: Flags.boolean({ description: "let warnings count as problems" }),
    all: Flags.boolean({ description: "show every finding, not the first few of each code" }),
    force: forceFlag(),
    verbose: Flags.boolean({ char: "v", description: "show also what the kernel does, and UUIDs" }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Check);
    const overlay = resolveOverlay({ ...flags, ...args });
    if ("usage" in overlay) this.usage(overlay.usage);
    const { require, force, strict, all, verbose } = flags;
    const progress = await startProgress(process.stderr, true);
    const result = await check(overlay.spec, { require, force, onProgress: progress.onProgress }).finally(
      progress.stop,
    );
    const commands = this.commandNames;
    if (flags.json) await this.printPieces(checkJson(result, { commands }));
    else
      await this.printLines(
        humanReport(result, { paint: this.paint, width: this.width, all, verbose, commands }),
      );
    const code = exitCode(result, strict);
    if (code !== 0) this.exit(code);
  }
}
