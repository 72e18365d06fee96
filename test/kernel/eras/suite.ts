/** Handles of a first era after a migration, as a test file. */
import { beforeAll, describe, expect, test } from "vitest";
import type { FsType } from "../../support/disk.js";
import { whyNoMounts } from "../../support/namespace.js";
import { seeds } from "../random/suite.js";
import { runEras } from "./seed.js";

export function erasSuite(fs: FsType, count: number): void {
  describe(`handles of an earlier export on ${fs}`, () => {
    beforeAll(() => {
      expect(whyNoMounts()).toBeNull();
    });

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
