import { Flags } from "@oclif/core";
import { forceFlag, jsonFlag, requireFlag } from "./support/flags.js";
import { modeFlags, resolveMode } from "./support/mode.js";
import { overlayArgs, overlayFlags, resolveOverlay } from "./support/overlay.js";
import { RunBase } from "./support/run.js";

export default class Build extends RunBase {
  static override summary =
    "Make the index complete: entries for what is copied up, tombstones for what is gone.";
  static override description =
    "For an overlay with a past without the index, before it is exported. Shows the plan, asks once for all of it where -n, -p or -y is not given, on a terminal only, and checks afterwards. A second build changes nothing; undo takes it back. Exit codes: 0 done, 4 problems left (repair mends more), 8 could not be completed, 16 usage, 32 cancelled.";
  static override examples = [
    "<%= config.bin %> build -n -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work",
    "<%= config.bin %> build -y --lower /ovl/l1:/ovl/l2 --upper /ovl/upper --work /ovl/work --json",
  ];
  static override args = overlayArgs;
  static override flags = {
    ...overlayFlags,
    ...modeFlags,
    require: requireFlag(),
    json: jsonFlag(),
    all: Flags.boolean({ description: "show every change, not the first few of each kind" }),
    force: forceFlag(),
    verbose: Flags.boolean({ char: "v", description: "show also each single step, and UUIDs" }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Build);
    const overlay = resolveOverlay({ ...flags, ...args });
    if ("usage" in overlay) this.usage(overlay.usage);
    const chosen = resolveMode(flags, this.terminal);
    if ("usage" in chosen) this.usage(chosen.usage);
    return this.carryOut(overlay.spec, {
      ...flags,
      ...chosen,
      command: "build",
      lower: false,
      clearVolatile: false,
    });
  }
}
