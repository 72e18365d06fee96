/** The random comparison of check with the kernel, as a test file. */
import { expect, test } from "vitest";
import { check } from "../../../src/lib/index.js";
import type { FsType } from "../../support/disk.js";
import { needsMounts } from "../../support/root.js";
import { seeds } from "../../support/seeds.js";
import { runSeed } from "./seed.js";

export function oracleSuite(fs: FsType, count: number): void {
  needsMounts(`check against the kernel on ${fs}`, () => {
    test.each(seeds(count))("seed %i", async (seed) => {
      const { damages, disagreements } = await runSeed(fs, seed, check);
      const reproduce = `npx tsx test/kernel/random/run.ts --fs ${fs} --seed ${seed} -v`;
      expect(disagreements, `${reproduce}\nafter: ${damages.join("; ") || "no damage"}`).toEqual([]);
    });
  });
}
