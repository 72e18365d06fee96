/** Random overlays with random damages, those of the comparison with the kernel, repaired twice. */
import { onCopy } from "../../support/copies.js";
import type { FsType } from "../../support/disk.js";
import { heardAgain, startsLogged } from "../../support/kmsg.js";
import { Stage } from "../../support/mounts.js";
import { damage } from "../random/damage.js";
import { build } from "../random/live.js";
import { layout, MODE, optionsOf, overlayOf, scenario } from "../random/scenario.js";
import { specOf } from "../random/seed.js";
import { picture } from "../random/state.js";
import { type Outcome, repairedTwice } from "./twice.js";

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
  const again = async () => (await repairOnce(fs, seed, options)).problems;
  return { ...first, problems: await heardAgain(first.problems, startsLogged, again) };
}

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
      onCopy: (act) => onCopy(stage, act),
    });
    return { damages, state, ...outcome };
  } finally {
    stage.dispose();
  }
}
