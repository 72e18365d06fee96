import { Flags } from "@oclif/core";
import { forceFlag, jsonFlag, requireFlag } from "./support/flags.js";
import { modeFlags, resolveMode } from "./support/mode.js";
import { overlayArgs, overlayFlags, resolveOverlay } from "./support/overlay.js";
import { RunBase } from "./support/run.js";

export default class Repair extends RunBase {
  static override summary = "Put right what check finds, by a plan that you accept and can undo.";
  static override description =
    "Checks, shows what it would do about every finding and why, does what is accepted, and checks again. Without -n, -p or -y it asks for each change, on a terminal only. Nothing is destroyed: what has to go is kept beside the journal, and undo brings it back. Exit codes are the bits of fsck(8): 0 nothing to do and ready, 1 corrected and now ready, 4 problems left, 8 could not be completed, 16 usage, 32 cancelled.";
  static override examples = [
    "<%= config.bin %> repair -n -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work",
    "<%= config.bin %> repair -p --lower /ovl/l1:/ovl/l2 --upper /ovl/upper --work /ovl/work",
    "<%= config.bin %> repair /mnt/overlay",
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
    "write-lower": Flags.boolean({
      description: "mend lower layers, too: other overlays may share them, and none may be mounted",
    }),
    "clear-volatile": Flags.boolean({
      description: "go on where a volatile mount was not unmounted cleanly: data may be missing",
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Repair);
    const overlay = resolveOverlay({ ...flags, ...args });
    if ("usage" in overlay) this.usage(overlay.usage);
    const chosen = resolveMode(flags, this.terminal);
    if ("usage" in chosen) this.usage(chosen.usage);
    const lower = flags["write-lower"];
    const clearVolatile = flags["clear-volatile"];
    return this.carryOut(overlay.spec, { ...flags, ...chosen, command: "repair", lower, clearVolatile });
  }
}
