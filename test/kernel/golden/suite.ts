/** The golden comparison as a test file. */
import { beforeAll, describe, expect, test } from "vitest";
import type { FsType } from "../../support/disk.js";
import { whyNoMounts } from "../../support/namespace.js";
import { seeds } from "../random/suite.js";
import { runGolden } from "./seed.js";

export function goldenSuite(fs: FsType, count: number): void {
  describe(`an index that is built is the kernel's own on ${fs}`, () => {
    beforeAll(() => {
      expect(whyNoMounts()).toBeNull();
    });

    test.each(seeds(count))("seed %i", async (seed) => {
      const { disagreements } = await runGolden(fs, seed);
      expect(disagreements, `npx tsx test/kernel/golden/run.ts --fs ${fs} --seed ${seed} -v`).toEqual([]);
    });
  });
}
