import { type Exits, overlayUsage } from "./support/metadata.js";
import { overlayArgs } from "./support/overlay-flags.js";
import { RunBase, runFlags } from "./support/run.js";

export default class Build extends RunBase {
  static override summary = "Complete the index: entries for what is copied up, tombstones for what is gone.";
  static override description =
    "For an overlay with a past without the index, before it is exported. Shows the plan, asks once for all of it where -n, -p or -y is not given, on a terminal only, and checks afterwards. A second build changes nothing; undo takes it back.";
  static override examples = [
    {
      description: "See the plan, write nothing",
      command: "<%= config.bin %> build -n -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work",
    },
    {
      description: "Build it, and tell a script what was done",
      command:
        "<%= config.bin %> build -y --lower /ovl/l1:/ovl/l2 --upper /ovl/upper --work /ovl/work --json",
    },
  ];
  static override exits = {
    0: "done, or nothing to do",
    4: "problems are left: repair mends more",
    8: "could not be completed",
    16: "usage; also where nobody is there to be asked",
    32: "cancelled",
  } satisfies Exits;
  static override usage = overlayUsage("build");
  static override args = overlayArgs;
  static override flags = runFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Build);
    return this.runOn({ ...flags, ...args }, { command: "build", lower: false, clearVolatile: false });
  }
}
