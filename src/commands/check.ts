import { Flags } from "@oclif/core";
import { check } from "../lib/index.js";
import { checkJson, exitCode, humanReport, startProgress } from "../lib/report/index.js";
import { BaseCommand } from "./support/base.js";
import { forceFlag, jsonFlag, requireFlag } from "./support/flags.js";
import { overlayArgs, overlayFlags, resolveOverlay } from "./support/overlay.js";

export default class Check extends BaseCommand {
  static override summary =
    "Tell what the kernel will do with an overlay, and whether handles are safe. Writes nothing.";
  static override description =
    "Reads all layers and the index and compares them with what the kernel does at mount, at lookup and when it decodes a handle. Exit codes are the bits of fsck(8): 0 clean and ready, 4 problems, 8 the check could not be completed, 16 usage.";
  static override examples = [
    "<%= config.bin %> check -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work",
    "<%= config.bin %> check --lower /ovl/l1:/ovl/l2 --upper /ovl/upper --work /ovl/work --json",
    "<%= config.bin %> check /mnt/overlay --require index",
  ];
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
