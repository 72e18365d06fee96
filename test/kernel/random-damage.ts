/** Random damages for tests that judge an overlay in their own way. */
import type { Stage } from "../support/mounts.js";
import { DAMAGES } from "./random/damages/index.js";
import { type Layout, type Scenario, stream } from "./random/scenario.js";
import { Scene } from "./random/scene.js";

/** As many as the scenario has, of a stream of their own. */
export function damage(stage: Stage, what: Scenario, where: Layout): void {
  const random = stream(what.fs, what.seed, 7);
  const scene = new Scene(random, stage, what, where);
  for (let round = 0; round < what.damages; round++) {
    // Many damages need something that this overlay may not have: draw until one fits.
    for (let attempt = 0; attempt < 20; attempt++) {
      try {
        if (random.pick(DAMAGES).apply(scene) !== null) break;
      } catch (error) {
        // What the file system refuses half-way is a damage too.
        if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
        break;
      }
    }
  }
}

/** Seeds 1 to `count`, or as many as OVL_SEEDS says. */
export function seeds(count: number): number[] {
  const wanted = /^\d+$/.test(process.env["OVL_SEEDS"] ?? "") ? Number(process.env["OVL_SEEDS"]) : count;
  return Array.from({ length: wanted }, (_, i) => i + 1);
}
