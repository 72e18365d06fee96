/** Random overlays, repaired twice, as a test file. */
import { beforeAll, describe, expect, test } from "vitest";
import type { FsType } from "../../support/disk.js";
import { whyNoMounts } from "../../support/namespace.js";
import { seeds } from "../random/suite.js";
import { repairSeed } from "./seed.js";

export function repairedSuite(fs: FsType, count: number): void {
  describe(`repaired twice on ${fs}`, () => {
    beforeAll(() => {
      expect(whyNoMounts()).toBeNull();
    });

    test.each(seeds(count))("seed %i", async (seed) => {
      const { damages, problems } = await repairSeed(fs, seed);
      const reproduce = `npx tsx test/kernel/repaired/run.ts --fs ${fs} --seed ${seed} -v`;
      expect(problems, `${reproduce}\nafter: ${damages.join("; ") || "no damage"}`).toEqual([]);
    });
  });
}
