/** Handles of a first era after a migration, as a test file. */
import { expect, test } from "vitest";
import type { FsType } from "../../support/disk.js";
import { needsMounts } from "../../support/root.js";
import { seeds } from "../../support/seeds.js";
import { runEras } from "./seed.js";

export function erasSuite(fs: FsType, count: number): void {
  needsMounts(`handles of an earlier export on ${fs}`, () => {
    let wrong = 0;
    test.each(seeds(count))("seed %i", async (seed) => {
      const { problems, wrongBefore } = await runEras(fs, seed);
      wrong += wrongBefore;
      const reproduce = `npx tsx test/kernel/eras/run.ts --fs ${fs} --seed ${seed} -v`;
      expect(problems, reproduce).toEqual([]);
    });

    test("there was something to be mended", () => {
      expect(wrong).toBeGreaterThan(0);
    });
  });
}
