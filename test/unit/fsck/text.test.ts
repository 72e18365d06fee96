import { expect, it } from "vitest";
import { reportLines } from "../../../src/fsck-overlay/text.js";
import { type Finding, finding } from "../../../src/lib/catalogue/index.js";
import type { Mode } from "../../../src/lib/fsck/policy.js";
import { makePaint } from "../../../src/lib/report/index.js";
import { addEntry, runWith } from "../run-report/run-fixture.js";

const options = { paint: makePaint(false), verbose: true, width: Number.POSITIVE_INFINITY };

function lines(mode: Mode, found: readonly Finding[], left: readonly Finding[]): string[] {
  const run = runWith([], "declined", {
    left: left.map((one) => ({ finding: one, why: `why ${one.path}` })),
  });
  const features = { require: "plain", index: false, options: {} } as const;
  return [...reportLines({ mode, run, features, found, left: found, inUse: null, exit: 4 }, options)];
}

const orphan = (path: string): Finding =>
  finding("whiteout-orphan", { layer: "lower[1]", path: Buffer.from(path), evidence: { kind: "device" } });

it.each<Mode>(["dry-run", "yes"])("%s: each problem that is left has its own reason under it", (mode) => {
  const [a, b] = [orphan("a"), orphan("b")];
  const told = lines(mode, [a, b], [b]);
  expect(told[0]).toMatch(/^lower\[1\]:a: .*\(whiteout-orphan\): left$/);
  expect(told[1]).not.toContain("why");
  expect(told[2]).toMatch(/^lower\[1\]:b: /);
  expect(told[3]).toBe("  why b");
});

it("dry-run: what waits for another correction is not told as left", () => {
  const first = addEntry("a");
  const [waiting, stays] = [orphan("b"), orphan("c")];
  const run = runWith([first], "planned", { left: [{ finding: stays, why: "why c" }] });
  const features = { require: "plain", index: false, options: {} } as const;
  const found = [waiting, stays];
  const told = [
    ...reportLines({ mode: "dry-run", run, features, found, left: found, inUse: null, exit: 4 }, options),
  ];
  expect(told[0]).toMatch(/^lower\[1\]:b: .*: planned anew after the others$/);
  expect(told.slice(1, 3)).toEqual([expect.stringMatching(/^lower\[1\]:c: .*: left$/), "  why c"]);
});

it("very many problems that are left are told in linear time", () => {
  const many = Array.from({ length: 40_000 }, (_, i) => orphan(`${i}`));
  expect(lines("yes", many, many)).toHaveLength(80_001);
}, 15_000);
