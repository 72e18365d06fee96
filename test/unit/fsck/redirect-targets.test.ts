import { expect, it } from "vitest";
import { finding } from "../../../src/lib/catalogue/index.js";
import { Redirects } from "../../../src/lib/fsck/redirect-targets.js";

/** Of a layer that is looked at as the upper one: its redirect leads to "origin" in the lower layer of that number. */
const toOrigin = (path: string, lower: number) =>
  finding("redirect-uncovered", {
    layer: "upper",
    path: Buffer.from(path),
    evidence: { redirect: "", origin: "origin" },
    bytes: { at: { layer: `lower[${lower}]`, path: Buffer.from("origin") } },
  });

it("counts layers from the top of the whole stack", () => {
  const redirects = new Redirects();
  expect(redirects.sort("lower[2]", [toOrigin("a", 1)]).map(({ code }) => code)).toEqual([
    "redirect-uncovered",
  ]);
  // Another layer's directory of that path.
  expect(redirects.sort("lower[1]", [toOrigin("b", 1)]).map(({ code }) => code)).toEqual([
    "redirect-uncovered",
  ]);
  expect(redirects.sort("upper", [toOrigin("c", 3)])).toMatchObject([
    { code: "redirect-duplicate", evidence: { other: "lower[2]:a" } },
  ]);
});
