/**
 * On, off, on, to its end: a client writes through an old handle into a copy that nobody else sees. Repaired,
 * the path opens again, the client's handle leads to the file at that path, and what it wrote is kept and named.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { repair } from "../../src/lib/repair.js";
import { Overlay } from "../fixtures/support/overlay.js";
import { needsRoot } from "../support/root.js";
import { yes } from "./repaired/twice.js";

function onOffOn(o: Overlay): void {
  o.file("lower/a", "old");
  o.live(() => o.client("mnt/a"));
  o.live(() => o.file("mnt/a", "new"), "plain");
  o.live(() => {
    expect(o.readHeld("mnt/a")).toBe("old");
    o.writeThrough("mnt/a", "by the client");
    expect(o.read("mnt/a")).toBe("new");
  });
}

describe.each(["ext4", "xfs", "btrfs"] as const)("a disconnected copy on %s", (fs) => {
  needsRoot("on real mounts", () => {
    it.each([
      ["as the client left it", false],
      ["after the mount that makes a tombstone of it", true],
    ])("%s", async (_, isBuried) => {
      const o = new Overlay({ fs });
      try {
        onOffOn(o);
        if (isBuried) o.live();
        const result = await repair(o.spec(), yes("nfs-export"));
        expect(result.remaining).toEqual([]);
        if (!isBuried) {
          expect(result.kept.map(({ path }) => readFileSync(path, "utf8"))).toEqual(["by the client"]);
          expect(result.plan[0]?.action.loses).toContain("kept in the journal's folder");
        }
        o.mount();
        expect(o.read("mnt/a")).toBe("new");
        expect(o.readHeld("mnt/a")).toBe("new");
        o.umount();
      } finally {
        o.dispose();
      }
    });
  });
});
