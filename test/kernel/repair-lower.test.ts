/** `repair --write-lower` of layers on another filesystem: whiteouts that hide nothing go, and undo makes them again. */
import { expect, it } from "vitest";
import { repair, undo } from "../../src/lib/repair.js";
import { Overlay } from "../fixtures/support/overlay.js";
import { dump } from "../support/dump.js";
import { needsRoot } from "../support/root.js";

needsRoot("orphan whiteouts of a lower layer on another filesystem", () => {
  it("go where that layer may be written, and are there again once that is undone", async () => {
    const o = new Overlay({ disks: 2, lowers: 2 });
    try {
      o.files("lower2/a", "lower2/d/f", "upper/d/g");
      o.dir("lower/d");
      o.whiteout("lower/a");
      o.link("lower/a", "lower/d/hides-nothing");
      o.whiteout("lower/nor-does-this");
      const spec = o.spec();
      const state = (): string[] =>
        dump(
          o.stage.disks.map(({ dir }) => dir),
          { times: true, whiteouts: true },
        ).filter((line) => !line.includes("/ovl-index"));
      const accept = async (): Promise<boolean> => true;
      const run = (lower: boolean) =>
        repair(spec, {
          command: "repair",
          mode: "yes",
          require: "plain",
          force: true,
          lower,
          decide: async ({ actions }) => actions,
          asked: () => false,
        });
      const shut = await run(false);
      expect(shut.left.map(({ finding }) => finding.code)).toContain("whiteout-orphan");
      expect(o.names("lower")).toContain("nor-does-this");
      const before = state();
      const open = await run(true);
      expect(open.trouble).toBeNull();
      expect([o.names("lower"), o.names("lower/d")]).toEqual([["a", "d"], []]);
      expect(open.remaining.map(({ code }) => code)).not.toContain("whiteout-orphan");
      const { journal } = open;
      if (journal === null) throw new Error("nothing was done");
      const undone = await undo(spec, { journal, dryRun: false, lower: true, accept, asked: () => false });
      expect(undone.trouble).toBeNull();
      expect(o.ino("lower/a")).toBe(o.ino("lower/d/hides-nothing"));
      expect(state()).toEqual(before);
    } finally {
      o.dispose();
    }
  });
});
