import { Flags } from "@oclif/core";
import { type Exits, overlayUsage } from "./support/metadata.js";
import { overlayArgs } from "./support/overlay-flags.js";
import { RunBase, runFlags } from "./support/run.js";

export default class Repair extends RunBase {
  static override summary = "Put right what check finds, by a plan that you accept and can undo.";
  static override description =
    "Checks, shows what it would do about every finding and why, does what is accepted, and checks again. Without -n, -p or -y it asks for each change, on a terminal only. Nothing is destroyed: what has to go is kept beside the journal, and undo brings it back.";
  static override examples = [
    {
      description: "See the plan, write nothing",
      command: "<%= config.bin %> repair -n -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work",
    },
    {
      description: "Unattended: only what nobody sees a change by",
      command: "<%= config.bin %> repair -p --lower /ovl/l1:/ovl/l2 --upper /ovl/upper --work /ovl/work",
    },
    {
      description: "Do all that is planned, of an overlay that fstab has",
      command: "<%= config.bin %> repair -y /srv/export",
    },
  ];
  static override exits = {
    0: "nothing to do, and ready",
    1: "something was corrected, and now it is ready",
    4: "problems are left",
    8: "could not be completed",
    16: "usage; also where nobody is there to be asked",
    32: "cancelled, by quit or by a signal",
  } satisfies Exits;
  static override usage = overlayUsage("repair");
  static override args = overlayArgs;
  static override flags = {
    ...runFlags,
    "write-lower": Flags.boolean({
      description: "mend lower layers, too: other overlays may share them, and none may be mounted",
    }),
    "clear-volatile": Flags.boolean({
      description: "go on where a volatile mount was not unmounted cleanly: data may be missing",
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Repair);
    const lower = flags["write-lower"];
    const clearVolatile = flags["clear-volatile"];
    return this.runOn({ ...flags, ...args }, { command: "repair", lower, clearVolatile });
  }
}
