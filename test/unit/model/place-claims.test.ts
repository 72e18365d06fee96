import { expect, it } from "vitest";
import type { Layer } from "../../../src/lib/layers/types.js";
import { PlaceClaims } from "../../../src/lib/model/place-claims.js";

const place = (index: number, path: string) => ({
  layer: { role: "lower", index } as Layer,
  path: Buffer.from(path),
});
const claimant = (path: string, upper: number) => ({ path: Buffer.from(path), upper });

it("one path in two layers is two directories", () => {
  const claims = new PlaceClaims();
  claims.claim(place(1, "d"), claimant("a", 10), false);
  claims.claim(place(2, "d"), claimant("b", 11), false);
  expect([...claims.shared()]).toEqual([]);
  claims.claim(place(2, "d"), claimant("c", 12), false);
  expect([...claims.shared()].map(({ claimants }) => claimants.map(({ path }) => String(path)))).toEqual([
    ["b", "c"],
  ]);
});

it("is open until it is seen at home, or hidden there", () => {
  const claims = new PlaceClaims();
  expect(claims.isOpen(place(1, "d"))).toBe(false);
  claims.claim(place(1, "d"), claimant("a", 10), false);
  claims.claim(place(1, "e"), claimant("b", 11), false);
  expect([claims.isOpen(place(1, "d")), claims.hasOpen()]).toEqual([true, true]);
  claims.claim(place(1, "d"), claimant("d", 12), true);
  claims.hide(place(1, "e"));
  expect([claims.isOpen(place(1, "d")), claims.isOpen(place(1, "e")), claims.hasOpen()]).toEqual([
    false,
    false,
    false,
  ]);
});
