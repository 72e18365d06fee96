/** Handles of one export at the next one, as a test file. */
import { describe, expect, test } from "vitest";
import type { FsType } from "../../support/disk.js";
import { needsRoot } from "../../support/root.js";
import { seeds } from "../../support/seeds.js";
import { twoEras } from "./seed.js";

export function handlesSuite(fs: FsType, count: number): void {
  describe(`handles of two eras on ${fs}`, () => {
    needsRoot("against the kernel", () => {
      const seen: Record<string, number> = {};
      test.each(seeds(count))("seed %i", async (seed) => {
        const { problems, verdicts } = await twoEras(fs, seed);
        for (const [verdict, number] of Object.entries(verdicts))
          seen[verdict] = (seen[verdict] ?? 0) + number;
        expect(problems).toEqual([]);
      });
      test("all that can happen has happened", () => {
        if (process.env["OVL_SEEDS"]) return;
        expect(Object.keys(seen)).toEqual(
          expect.arrayContaining(["same", "deleted", "wrong-old-data", "wrong-deleted", "ready"]),
        );
      });
    });
  });
}
