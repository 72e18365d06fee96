/** What one seed of eras is made of: layers, an era with clients, and a time without the full index. */
import type { FsType } from "../../support/disk.js";
import { drawLived, EXPORTABLE, type Life, type Mode, type Scenario, stream } from "../random/scenario.js";

/** Streams of their own: other comparisons draw from theirs. */
const ERAS = 1700;
const METACOPY = 1701;

export interface ErasScenario {
  readonly layers: Scenario;
  /** Before the first export, where there was such a time. */
  readonly before: readonly Life[];
  readonly exported: Life;
  readonly between: readonly Life[];
  /** Between the exports only metadata is copied up where that will do. */
  readonly metacopy: boolean;
}

export function erasScenario(fs: FsType, seed: number): ErasScenario {
  const random = stream(fs, seed, ERAS);
  const lowers = random.pick([1, 1, 1, 2, 2, 3]);
  const layers: Scenario = {
    fs,
    seed,
    lowers,
    apart: random.chance(0.2),
    lived: drawLived(random, lowers, 0.6),
    lives: [],
    ...EXPORTABLE,
  };
  const life = (mode: Mode, most: number): Life => ({ mode, steps: random.int(6, most) });
  const before = random.chance(0.25) ? [life("plain", 20)] : [];
  const exported = life("nfs_export", 40);
  const between: Life[] = [];
  do between.push(life(random.pick(["plain", "plain", "index"]), 30));
  while (random.chance(0.3) && between.length < 3);
  // Drawn apart, so that the rest of each seed stays what it was.
  const metacopy = stream(fs, seed, METACOPY).chance(0.3);
  return { layers, before, exported, between, metacopy };
}
