/** The golden comparison as a test file. */
import { expect, test } from "vitest";
import type { FsType } from "../../support/disk.js";
import { needsMounts } from "../../support/root.js";
import { seeds } from "../../support/seeds.js";
import { runGolden } from "./seed.js";

export function goldenSuite(fs: FsType, count: number): void {
  needsMounts(`an index that is built is the kernel's own on ${fs}`, () => {
    test.each(seeds(count))("seed %i", async (seed) => {
      const { disagreements } = await runGolden(fs, seed);
      expect(disagreements, `npx tsx test/kernel/golden/run.ts --fs ${fs} --seed ${seed} -v`).toEqual([]);
    });
  });
}
