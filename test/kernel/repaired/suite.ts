/** Random overlays, repaired twice, as a test file. */
import { expect, test } from "vitest";
import type { FsType } from "../../support/disk.js";
import { needsMounts } from "../../support/root.js";
import { seeds } from "../../support/seeds.js";
import { repairSeed } from "./seed.js";

export function repairedSuite(fs: FsType, count: number): void {
  needsMounts(`repaired twice on ${fs}`, () => {
    test.each(seeds(count))("seed %i", async (seed) => {
      const { damages, problems } = await repairSeed(fs, seed);
      const reproduce = `npx tsx test/kernel/repaired/run.ts --fs ${fs} --seed ${seed} -v`;
      expect(problems, `${reproduce}\nafter: ${damages.join("; ") || "no damage"}`).toEqual([]);
    });
  });
}
