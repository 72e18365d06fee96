/** What one golden seed is made of: lower layers, and lives that are lived twice over them. */
import type { FsType } from "../../support/disk.js";
import { drawLived, EXPORTABLE, type Life, type Mode, type Scenario, stream } from "../random/scenario.js";

/** Streams of their own: seeds of the comparison with check draw from others. */
const GOLDEN = 900;

export function goldenScenario(fs: FsType, seed: number): Scenario {
  const random = stream(fs, seed, GOLDEN);
  const lowers = random.pick([1, 1, 1, 2, 2, 3]);
  const lives: Life[] = [];
  do lives.push({ mode: "nfs_export", steps: random.int(10, 50) });
  while (random.chance(0.4) && lives.length < 3);
  return {
    fs,
    seed,
    lowers,
    apart: random.chance(0.2),
    lived: drawLived(random, lowers, 0.6),
    lives,
    ...EXPORTABLE,
  };
}

/** The same lives in other modes; the last one goes for all that follow. */
export function inModes(what: Scenario, ...modes: [Mode, ...Mode[]]): Scenario {
  const lives = what.lives.map((life, i) => ({ ...life, mode: modes[i] ?? (modes.at(-1) as Mode) }));
  return { ...what, lives };
}
