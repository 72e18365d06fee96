/** Random overlays with random damages, those of the comparison with the kernel, repaired twice. */
import type { FsType } from "../../support/disk.js";
import { Stage } from "../../support/mounts.js";
import { build } from "../random/live.js";
import { layout, type Mode, optionsOf, overlayOf, scenario } from "../random/scenario.js";
import { damage, onCopy, specOf } from "../random/seed.js";
import { picture } from "../random/state.js";
import { type Outcome, repairedTwice, WARNING } from "./twice.js";

const MODE = { "nfs-export": "nfs_export", index: "index", plain: "plain" } as const satisfies Record<
  string,
  Mode
>;

export interface RepairedSeed extends Outcome {
  readonly damages: readonly string[];
  /** The layers before; only where asked for. */
  readonly state: readonly string[];
}

export interface SeedOptions {
  /** Keep a picture of the layers in the outcome. */
  readonly state?: boolean;
  /** Do only the damages of these names, whatever the seed drew. */
  readonly damages?: readonly string[];
}

export async function repairSeed(fs: FsType, seed: number, options: SeedOptions = {}): Promise<RepairedSeed> {
  const first = await repairOnce(fs, seed, options);
  // The kernel's log is shared by everything on the machine: a message counts only if it comes again.
  if (!first.problems.some(isWarning)) return first;
  const again = await repairOnce(fs, seed, options);
  const both = first.problems.filter((line) => !isWarning(line) || again.problems.includes(line));
  return { ...first, problems: both };
}

const isWarning = (line: string): boolean => line.startsWith(WARNING);

async function repairOnce(fs: FsType, seed: number, options: SeedOptions): Promise<RepairedSeed> {
  const what = scenario(fs, seed);
  const stage = Stage.create(fs, what.apart ? 2 : 1);
  try {
    stage.mountDisks();
    const where = layout(stage, what);
    build(stage, what, where);
    const damages = damage(stage, what, where, options.damages);
    const state = options.state ? picture(what, where) : [];
    const outcome = await repairedTwice({
      stage,
      spec: specOf(what, where, what.require),
      require: what.require,
      roots: [...where.lower, where.upper, where.work],
      mountOf: (require) => overlayOf(where, optionsOf(what, MODE[require], true)),
      onCopy: (act) => {
        try {
          return onCopy(stage, act);
        } finally {
          stage.mountDisks();
        }
      },
    });
    return { damages, state, ...outcome };
  } finally {
    stage.dispose();
  }
}
