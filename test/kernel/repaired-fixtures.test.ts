/** Every fixture: repair -y, check, mount, again, undo. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Fixture } from "../fixtures/support/fixture.js";
import { needsRoot } from "../support/root.js";
import { repairFixture } from "./repaired/fixture.js";

const home = join(import.meta.dirname, "../fixtures");
const names = readdirSync(home).filter((name) => name !== "support");
const fixtures = new Map<string, Fixture>();
for (const name of names) {
  const module = (await import(join(home, name, "fixture.ts"))) as { default: Fixture };
  fixtures.set(name, module.default);
}

describe.each(["ext4", "xfs", "btrfs"] as const)("on %s", (fs) => {
  const fitting = names.filter((name) => [undefined, fs].includes(fixtures.get(name)?.fs));
  needsRoot("fixtures repaired twice", () => {
    it.each(fitting)("%s", async (name) => {
      const { problems, story } = await repairFixture(fixtures.get(name) as Fixture, fs);
      expect(problems, story.join("\n")).toEqual([]);
    });
  });
});
