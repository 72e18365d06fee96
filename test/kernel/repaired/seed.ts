/** Random overlays with random damages, those of the comparison with the kernel, repaired twice. */
import type { FsType } from "../../support/disk.js";
import { Stage } from "../../support/mounts.js";
import { build } from "../random/live.js";
import { layout, type Mode, optionsOf, overlayOf, scenario } from "../random/scenario.js";
import { damage, onCopy, specOf } from "../random/seed.js";
import { picture } from "../random/state.js";
import { type Outcome, repairedTwice } from "./twice.js";

const MODE = { "nfs-export": "nfs_export", index: "index", plain: "plain" } as const satisfies Record<
  string,
  Mode
>;

export interface RepairedSeed extends Outcome {
  readonly damages: readonly string[];
  /** The layers before; only where asked for. */
  readonly state: readonly string[];
}

export async function repairSeed(
  fs: FsType,
  seed: number,
  options: { readonly state?: boolean; readonly damages?: readonly string[] } = {},
): Promise<RepairedSeed> {
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
