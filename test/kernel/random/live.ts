/** Build the layers of a scenario and let the overlay live. */
import { mkdirSync } from "node:fs";
import type { Stage } from "../../support/mounts.js";
import { errnoName } from "../../support/sys.js";
import { generateTree } from "./generate.js";
import { type Layout, type Life, optionsOf, overlayOf, type Scenario, stream } from "./scenario.js";
import { type Rename, removeTree, work } from "./work.js";

function liveOnce(
  stage: Stage,
  what: Scenario,
  where: Layout,
  life: Life,
  number: number,
  rename?: Rename,
): void {
  const result = stage.overlay(overlayOf(where, optionsOf(what, life.mode, false)));
  // A life after one with other options may be refused; the overlay is then judged as it stands.
  if (result < 0 && number === 0)
    throw new Error(`the first mount of a fresh overlay failed: ${errnoName(result)}`);
  if (result < 0) return;
  try {
    work(stream(what.fs, what.seed, 100 + number), stage.mnt, life.steps, rename);
  } finally {
    stage.umountOverlay();
  }
}

/** Disks are mounted; afterwards the overlay is not. */
export function build(stage: Stage, what: Scenario, where: Layout): void {
  buildLowers(stage, what, where);
  liveAll(stage, what, where);
}

/** The directories of all layers, and what is in the lower ones. */
export function buildLowers(stage: Stage, what: Scenario, where: Layout): void {
  const random = stream(what.fs, what.seed, 1);
  for (const path of [...where.lower, where.upper, where.work]) mkdirSync(path);
  for (let i = what.lowers - 1; i >= 0; i--) {
    const layer = where.lower[i] as Buffer;
    if (what.lived[i]) {
      const scratch = Buffer.concat([layer, Buffer.from("-work")]);
      mkdirSync(scratch);
      const mode = random.pick(["plain", "plain", "index", "nfs_export"] as const);
      const below: Layout = { lower: where.lower.slice(i + 1), upper: layer, work: scratch };
      liveOnce(stage, what, below, { mode, steps: random.int(10, 25) }, 0);
      removeTree(scratch);
    } else {
      generateTree(random, layer, i === what.lowers - 1 ? random.int(28, 50) : random.int(10, 25));
    }
  }
}

export function liveAll(stage: Stage, what: Scenario, where: Layout, rename?: Rename): void {
  what.lives.forEach((life, number) => {
    liveOnce(stage, what, where, life, number, rename);
  });
}
