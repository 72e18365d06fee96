import { expect, it } from "vitest";
import { refusedByAncestor } from "../../../src/lib/model/conflicts.js";

const claimant = (path: string, upper: number | null) => ({ path: Buffer.from(path), upper });

it("directories that come with the lower directory of one above them are refused, unless they are the same", () => {
  const claimants = [
    claimant("a", 1),
    claimant("a/b/c", 2),
    claimant("a/b/d", 1),
    claimant("a.b/c", 3),
    claimant("e/f", null),
    claimant("e/f/g", 4),
    claimant("e/f/h", null),
  ];
  expect(refusedByAncestor(claimants).map(String)).toEqual(["a/b/c", "e/f/g"]);
  expect(refusedByAncestor([claimant("", 1), claimant("x", 2), claimant("y", 1)]).map(String)).toEqual(["x"]);
});

it("very many directories that come with one lower directory are compared by their ancestors alone", () => {
  const claimants = Array.from({ length: 100_000 }, (_, i) => claimant(`d${i}/e`, i));
  expect(refusedByAncestor(claimants)).toEqual([]);
  expect(refusedByAncestor([...claimants, claimant("d7", 0)]).map(String)).toEqual(["d7/e"]);
}, 15_000);
