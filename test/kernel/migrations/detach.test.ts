import { linkSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { check } from "../../../src/lib/check.js";
import type { MountSpec } from "../../../src/lib/mount/spec.js";
import { parentOf } from "../../../src/lib/plan/place.js";
import { EXPORTED, INDEX_OFF, Past } from "../../support/past.js";
import { needsRoot } from "../../support/root.js";
import { scan } from "../../support/tree.js";
import { Lived, migrateAll } from "./lived.js";

const TIES = ["origin", "nlink"];
const SEEDS = Array.from({ length: 10 }, (_, i) => i + 1);

async function told(spec: MountSpec): Promise<string[]> {
  const { findings } = await check(spec, { require: "plain" });
  return findings
    .filter(({ severity }) => severity !== "info")
    .map(({ code, layer, path }) => `${code} ${layer} ${path?.toString("latin1")}`)
    .sort();
}

describe("detach", () => {
  needsRoot("against the kernel", () => {
    test.each(SEEDS)("nothing of index and origins is left, and names stay, seed %i", async (seed) => {
      const lived = new Lived("ext4", seed, [{ mode: "nfs_export" }, { mode: "plain" }]);
      try {
        const before = lived.dump();
        const shown = lived.shown("plain");
        const spec = lived.spec();
        const known = await told(spec);
        const done = await migrateAll(spec, { detach: true, require: "plain" });
        expect(done.trouble).toBeNull();
        expect(done.migrations.map(({ name }) => name)).toEqual(["detach"]);
        expect(done.after?.ready).toBe(true);

        expect(await told(spec)).toEqual(known);
        const nodes = scan(lived.where.upper);
        expect(nodes.filter(({ xattrs }) => TIES.some((name) => xattrs.has(name)))).toEqual([]);
        const impure = nodes
          .filter(({ xattrs }) => xattrs.has("impure"))
          .map(({ rel }) => rel.toString("latin1"));
        const marked = nodes.filter(({ xattrs }) => xattrs.has("redirect") || xattrs.has("metacopy"));
        const parents = new Set(marked.map(({ rel }) => parentOf(rel).toString("latin1")));
        expect(impure.filter((path) => !parents.has(path))).toEqual([]);
        expect(lived.shown("plain")).toEqual(shown);
        expect((await migrateAll(spec, { detach: true, require: "plain" })).changed).toBe(false);

        expect(await lived.takeBack(spec, done)).toBeNull();
        expect(lived.dump()).toEqual(before);
      } finally {
        lived.dispose();
      }
    });

    test("tells which hard links show the lower file again", async () => {
      const past = new Past();
      try {
        linkSync(join(past.dir, "lower/a"), join(past.dir, "lower/a2"));
        past.live(EXPORTED, (at) => {
          writeFileSync(join(at, "a"), "2");
          expect(readFileSync(join(at, "a2"), "utf8")).toBe("2");
        });
        const spec = past.spec();
        const done = await migrateAll(spec, { detach: true, require: "plain" });
        expect(done.migrations[0]?.notices).toEqual([
          `Upper's "a" also shows under names of a lower hard link, which show the lower file again: lower[1] "a2"`,
        ]);
        expect(done.plan.map(({ action }) => [action.action, action.loses])).toEqual([
          ["remove-entry", "what 1 lower name showed of it"],
          ["keep-index", "all handles that clients hold; the index is kept in the journal's folder"],
          ["remove-mark", null],
          ["remove-origin", null],
        ]);
        past.live(INDEX_OFF, (at) => {
          expect(readFileSync(join(at, "a"), "utf8")).toBe("2");
          expect(readFileSync(join(at, "a2"), "utf8")).toBe("1");
        });
      } finally {
        past.dispose();
      }
    });
  });
});
