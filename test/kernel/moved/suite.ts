/** Layers that were moved, as a test file. */
import { expect, test } from "vitest";
import type { FsType } from "../../support/disk.js";
import { needsMounts } from "../../support/root.js";
import { type Move, moveHouse } from "./house.js";

const PLAIN_MOVE = {
  tool: "cp",
  part: "all",
  lowers: 1,
  mode: "nfs_export",
  old: true,
  trustPaths: false,
} as const;

/** What is moved, and what is known of the old place; without more all layers, by cp, and the old ones are given. */
const MOVES: readonly Partial<Move>[] = [
  {},
  { tool: "rsync", lowers: 2, old: false },
  { tool: "tar", lowers: 3, old: false, trustPaths: true },
  { tool: "rsync", mode: "plain", lowers: 2 },
  { mode: "plain", old: false },
  { mode: "index", lowers: 2 },
  { tool: "rsync", part: "upper", lowers: 2, old: false },
  { tool: "tar", part: "lower", lowers: 2 },
  { part: "lower", old: false },
  { uuid: "off", lowers: 2 },
];

export function movedSuite(from: FsType, to: FsType, count: number): void {
  needsMounts(`moved from ${from} to ${to}`, () => {
    const cases = Array.from(
      { length: count },
      (_, i) => [i + 1, MOVES[i % MOVES.length] as Partial<Move>] as const,
    );
    test.each(cases)("seed %i: %o", async (seed, how) => {
      const move = { ...PLAIN_MOVE, ...how, from, to, seed };
      const outcome = await moveHouse(move);
      expect(outcome?.problems ?? [], reproduce(move)).toEqual([]);
    });
  });
}

function reproduce({ from, to, seed, tool, part, lowers, mode, old, trustPaths, uuid }: Move): string {
  const words = ["npx tsx test/kernel/moved/run.ts", `--from ${from} --to ${to} --seed ${seed}`];
  words.push(`--tool ${tool} --part ${part} --lowers ${lowers} --mode ${mode}`);
  if (old) words.push("--old");
  if (trustPaths) words.push("--trust");
  if (uuid !== undefined) words.push(`--uuid ${uuid}`);
  return `${words.join(" ")} -v`;
}
