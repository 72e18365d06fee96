/** Random damages of an overlay that has lived. */
import type { Stage } from "../../support/mounts.js";
import { DAMAGES } from "./damages/index.js";
import { type Layout, type Scenario, stream } from "./scenario.js";
import { Scene } from "./scene.js";

/** Does the seed's damages, or those of these names, each once; returns what was done, and to what. */
export function damage(
  stage: Stage,
  what: Scenario,
  where: Layout,
  names?: readonly string[],
  random = stream(what.fs, what.seed, 2),
): string[] {
  const scene = new Scene(random, stage, what, where);
  const done: string[] = [];
  const wanted = names ? DAMAGES.filter((one) => names.includes(one.name)) : null;
  const rounds = wanted ? wanted.length : what.damages;
  for (let round = 0; round < rounds; round++) {
    // Many damages need something that this overlay may not have: draw until one fits.
    for (let attempt = 0; attempt < 20; attempt++) {
      const one = wanted ? wanted[round] : random.pick(DAMAGES);
      if (!one) break;
      const to = attemptDamage(one.apply, scene);
      if (to === null) continue;
      done.push(`${one.name}: ${to}`);
      break;
    }
  }
  return done;
}

/** As many as the scenario has, of a stream of their own: for tests that judge an overlay in their own way. */
export function damageOtherwise(stage: Stage, what: Scenario, where: Layout): void {
  damage(stage, what, where, undefined, stream(what.fs, what.seed, 7));
}

function attemptDamage(apply: (scene: Scene) => string | null, scene: Scene): string | null {
  try {
    return apply(scene);
  } catch (error) {
    // What the file system refuses half-way is a damage too.
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    return `half done, ${(error as Error).message}`;
  }
}
