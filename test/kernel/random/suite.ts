/** The random comparison of check with the kernel, as a test file. */
import { beforeAll, describe, expect, test } from "vitest";
import { check } from "../../../src/lib/index.js";
import type { FsType } from "../../support/disk.js";
import { whyNoMounts } from "../../support/namespace.js";
import { runSeed } from "./seed.js";

/** OVL_SEEDS: how many seeds ("1000"), or which ("100-199"); else `count` of them, from 1 on. */
export function seeds(count: number): number[] {
  const [, from, to] = /^(?:(\d+)-)?(\d+)$/.exec(process.env["OVL_SEEDS"] ?? String(count)) ?? [];
  if (to === undefined) throw new Error(`OVL_SEEDS: a count or FROM-TO, not ${process.env["OVL_SEEDS"]}`);
  const first = Number(from ?? 1);
  return Array.from({ length: Number(to) - first + 1 }, (_, i) => first + i);
}

export function oracleSuite(fs: FsType, count: number): void {
  describe(`check against the kernel on ${fs}`, () => {
    beforeAll(() => {
      expect(whyNoMounts()).toBeNull();
    });

    test.each(seeds(count))("seed %i", async (seed) => {
      const { damages, disagreements } = await runSeed(fs, seed, check);
      const reproduce = `npx tsx test/kernel/random/run.ts --fs ${fs} --seed ${seed} -v`;
      expect(disagreements, `${reproduce}\nafter: ${damages.join("; ") || "no damage"}`).toEqual([]);
    });
  });
}
