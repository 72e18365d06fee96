/** Every finding code has a fixture; each is built, checked, mounted and compared. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CATALOGUE, CODES, type Code } from "../../src/lib/catalogue/index.js";
import type { Fixture } from "../fixtures/support/fixture.js";
import { judge } from "../fixtures/support/judge.js";
import { needsRoot } from "../support/root.js";

const home = join(import.meta.dirname, "../fixtures");
const names = readdirSync(home).filter((name) => name !== "support");
const fixtures = new Map<string, Fixture>();
for (const name of names) {
  const module = (await import(join(home, name, "fixture.ts"))) as { default: Fixture };
  fixtures.set(name, module.default);
}

/** No overlay on a disk can show them: fixtures-staged.test.ts has a test for each, in its own way. */
const ELSEWHERE: readonly Code[] = [
  "no-privilege",
  "layer-changed",
  "layer-unreadable",
  "mount-option-invalid",
];
const staged = readFileSync(join(import.meta.dirname, "fixtures-staged.test.ts"), "utf8");

const of = (code: Code): Fixture[] => [...fixtures.values()].filter((one) => one.code === code);

describe("fixtures", () => {
  it.each(CODES)("%s has one", (code) => {
    if (ELSEWHERE.includes(code)) expect(staged).toContain(`it("${code}: `);
    else expect(of(code).length).toBeGreaterThan(0);
  });

  it.each(names)("%s is named after its code, and expects it", (name) => {
    const { code, findings } = fixtures.get(name) as Fixture;
    expect(name.startsWith(`${code}-`)).toBe(true);
    expect(findings.map(([found]) => found)).toContain(code);
  });

  it.each(CODES.filter((code) => of(code).length > 0))("what %s claims of the kernel is seen", (code) => {
    expect(of(code).some((one) => shows(one, code))).toBe(true);
  });
});

/** Does the fixture show what the catalogue says the kernel does? */
function shows(one: Fixture, code: Code): boolean {
  if (one.proof !== undefined) return true;
  const foretold =
    "data" in one ? { mount: one.mount === "ok" ? undefined : one.mount } : (one.prediction ?? {});
  const some = (list: readonly string[] | undefined): boolean => (list ?? []).length > 0;
  const seen = "data" in one ? {} : (one.prediction ?? {});
  switch (CATALOGUE[code].kernel.effect) {
    case "mount-fails":
      return foretold.mount !== undefined;
    case "changed-at-mount":
      return some(seen.removed) || some(seen.tombstoned);
    case "lookup-fails":
      return some(seen.lookup) || foretold.mount !== undefined;
    case "content-hidden":
      return some(seen.hidden);
    case "wrong-object":
      return false;
    case "ignored":
    case "none":
      return foretold.mount === undefined;
  }
}

describe.each(["ext4", "xfs", "btrfs"] as const)("on %s", (fs) => {
  const fitting = names.filter((name) => [undefined, fs].includes(fixtures.get(name)?.fs));
  needsRoot("check on fixtures, against the kernel", () => {
    it.each(fitting)("%s", async (name) => {
      const { expected, told, disagreements } = await judge({ ...(fixtures.get(name) as Fixture), fs });
      expect(disagreements).toEqual([]);
      expect(told).toEqual(expected);
    });
  });
});
