/** The commands that write, where somebody else is at the overlay meanwhile, or was. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { native } from "../../src/lib/host/addon.js";
import { files } from "../../src/lib/host/files.js";
import { writer } from "../../src/lib/host/system-writer.js";
import type { RunEvent, RunRequest, UndoRequest } from "../../src/lib/repair/run-result.js";
import { findTarget, Workplace } from "../../src/lib/repair/workplace.js";
import { journals, repair, undo, type WriteHost } from "../../src/lib/repair.js";
import { Overlay } from "../fixtures/support/overlay.js";
import { needsRoot } from "../support/root.js";
import { MS_RDONLY, MS_REMOUNT, must, sys } from "../support/sys.js";
import { Mortal } from "./mortal.js";

const RUN = {
  command: "build",
  require: "nfs-export",
  mode: "yes",
  decide: async ({ actions }) => actions,
  asked: () => false,
} as const satisfies RunRequest;

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

  describe("undo", () => {
    const UNDO: UndoRequest = {
      journal: null,
      dryRun: false,
      accept: async () => true,
      asked: () => false,
    };
    const take = (more: Partial<UndoRequest> = {}, overlay = o) => undo(overlay.spec(), { ...UNDO, ...more });
    /** What has not come to an end: how far a run or an undo gets before its process is gone. */
    const cut = async (life: (host: WriteHost) => Promise<unknown>, call: number): Promise<void> => {
      const mortal = new Mortal({ call, phase: "after" });
      const ended = await mortal.liveLong(async (host) => void (await life({ ...host, files })));
      expect(ended).toBe(false);
    };

    it("takes a path for a run of that overlay, and of no other", async () => {
      const other = new Overlay();
      try {
        used(other);
        await build();
        await repair(other.spec(), RUN);
        const { journal } = await repair(other.spec(), { ...RUN, mode: "dry-run" });
        expect(journal).toBeNull();
        const id = "ovl-index/0001-build";
        const theirs = Buffer.from(`${other.path("work")}/${id}`);
        expect(await take({ journal: theirs })).toMatchObject({
          trouble: { kind: "no-journal", message: expect.stringContaining("no journal of this overlay") },
        });
        expect(o.names("work/ovl-index")).toContain("0001-build");
        expect(await take({ journal: theirs }, other)).toMatchObject({ trouble: null, changed: true });
        expect(await take({ journal: Buffer.from(`${o.path("work")}/./${id}/`) })).toMatchObject({
          trouble: null,
        });
      } finally {
        other.dispose();
      }
    });

    it("--list and -n only read: mounted, locked, on a read-only filesystem", async () => {
      await build();
      const look = async () => [
        (await journals(o.spec())).journals.map(({ id, state }) => `${id} ${state}`),
        (await take({ dryRun: true })).trouble?.message ?? null,
      ];
      const possible = [["0001-build done"], null];
      const target = findTarget(o.spec(), { native, files, writer });
      const lock = target === null ? null : Workplace.open({ native, files, writer }, target, false);
      if (!(lock instanceof Workplace)) throw new Error("not locked");
      expect(await look()).toEqual(possible);
      lock.close();
      const readonly = (flags: number): void => {
        const disk = o.stage.disks[0]?.dir ?? Buffer.alloc(0);
        must(
          sys.mount(Buffer.from("x"), disk, Buffer.from("ext4"), MS_REMOUNT | flags, Buffer.alloc(0)),
          "remount",
        );
      };
      readonly(MS_RDONLY);
      expect(await look()).toEqual(possible);
      readonly(0);
      o.mount();
      expect(await look()).toEqual([["0001-build done"], expect.stringContaining("mounted since")]);
      o.umount();
    });

    it("says who has to ask where it is denied", async () => {
      await build();
      const denied = { native, files, writer: { ...writer, openWritable: () => -1 } };
      const { trouble } = await undo(o.spec(), UNDO, denied);
      expect(trouble?.message).toMatch(/EPERM; run as root/);
    });

    it("-n tells of a run that was interrupted, which comes first", async () => {
      await build(undefined, { decide: async ({ actions }) => actions.slice(0, 1) });
      await cut((host) => repair(o.spec(), RUN, host), 20);
      const told: RunEvent[] = [];
      expect(await take({ dryRun: true, onEvent: (event) => told.push(event) })).toMatchObject({
        recovered: { how: "pending", command: "build" },
        trouble: {
          message: expect.stringMatching(
            /0002-build was interrupted, and is rolled back, or finished, first/,
          ),
        },
      });
      expect(told.map(({ kind }) => kind)).toEqual(["stack", "recovered"]);
      // The run before the interrupted one is not taken along with it.
      expect(await take()).toMatchObject({
        recovered: { how: "rolled-back" },
        run: null,
        undone: 0,
        trouble: null,
      });
      expect(await take()).toMatchObject({ recovered: null, run: { id: "0001-build" }, trouble: null });
    });

    it("that was interrupted is what the next one brings to its end", async () => {
      const { applied } = await build();
      await cut((host) => undo(o.spec(), UNDO, host), 20);
      expect(o.names("work/ovl-index")).toContain("0001-build.undoing");
      expect(await take({ dryRun: true })).toMatchObject({
        run: { id: "0001-build", state: "interrupted" },
        undone: applied,
        recovered: { how: "pending", command: "undo" },
        trouble: null,
      });
      expect(await take()).toMatchObject({
        run: { id: "0001-build", state: "undone" },
        undone: applied,
        recovered: { how: "finished", command: "undo" },
        changed: true,
        trouble: null,
      });
    });

    it("stops on demand, and tells that it did", async () => {
      const { applied } = await build();
      let asks = 0;
      expect(await take({ asked: () => ++asks === 4 })).toMatchObject({
        run: { id: "0001-build", state: "interrupted" },
        undone: 0,
        changed: true,
        trouble: { kind: "cancelled", message: expect.stringContaining("the next run goes on") },
      });
      expect(await take()).toMatchObject({ undone: applied, trouble: null });
    });
  });
});
