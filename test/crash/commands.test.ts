/** The commands that write, where somebody else is at the overlay meanwhile, or was. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunRequest, UndoRequest } from "../../src/lib/repair/run-result.js";
import { journals, repair, undo } from "../../src/lib/repair.js";
import { Overlay } from "../fixtures/support/overlay.js";
import { needsRoot } from "../support/root.js";

const RUN = {
  command: "build",
  require: "nfs-export",
  mode: "yes",
  decide: async ({ actions }) => actions,
  asked: () => false,
} as const satisfies RunRequest;
const UNDO: UndoRequest = {
  journal: null,
  dryRun: false,
  accept: async () => true,
  asked: () => false,
};

needsRoot("the commands that write", () => {
  let o: Overlay;
  beforeEach(() => {
    o = new Overlay();
    used(o);
  });
  afterEach(() => o.dispose());

  /** It lived without an index: there is something to build. */
  function used(overlay: Overlay): void {
    overlay.files("lower/a/one", "lower/a/two", "lower/b/three");
    overlay.live(() => {
      overlay.file("mnt/a/one", "new");
      overlay.remove("mnt/a/two");
    }, "plain");
  }
  /** What a person does while the plan is in front of them. */
  const build = (meanwhile: () => void = () => undefined, more: Partial<RunRequest> = {}) =>
    repair(o.spec(), {
      ...RUN,
      decide: async ({ actions }) => {
        meanwhile();
        return actions;
      },
      ...more,
    });

  describe("build", () => {
    it("does nothing to an overlay that lived between its plan and the answer", async () => {
      const result = await build(() => o.live(() => o.file("mnt/else", "x"), "plain"));
      expect(result).toMatchObject({ applied: 0, trouble: { kind: "in-use" }, journal: null });
      expect(o.names("work")).not.toContain("ovl-index");
    });

    it("lets nobody else in from before its plan on", async () => {
      let second: unknown;
      const result = await build(undefined, {
        decide: async ({ actions }) => {
          second = (await build()).trouble;
          return actions;
        },
      });
      expect(second).toMatchObject({ kind: "locked" });
      expect(result).toMatchObject({ trouble: null });
    });

    it("names no journal where it has done nothing", async () => {
      const result = await build(undefined, { asked: () => true });
      expect(result).toMatchObject({ applied: 0, trouble: { kind: "cancelled" }, journal: null });
      expect((await build(undefined, { decide: async () => [] })).journal).toBeNull();
    });

    it("shows that it writes before it does", async () => {
      const seen: unknown[] = [];
      const result = await build(undefined, {
        onProgress: (event) => {
          if (event.phase !== "writing changes") return;
          seen.push(event);
          setImmediate(() => seen.push("time to show it"));
        },
        asked: () => {
          seen.push("a change");
          return false;
        },
      });
      const first = { phase: "writing changes", count: 0, total: result.applied };
      expect(seen.slice(0, 3)).toEqual([first, "time to show it", "a change"]);
      expect(result.applied).toBeGreaterThan(0);
    });
  });
});
