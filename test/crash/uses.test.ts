/** Who else is at an overlay: one session at a time, and none while it is mounted, or was. */
import { mkdirSync, renameSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSession } from "../../src/lib/apply/index.js";
import { native } from "../../src/lib/host/addon.js";
import { files } from "../../src/lib/host/files.js";
import { writer } from "../../src/lib/host/system-writer.js";
import { needsRoot } from "../support/root.js";
import { MS_RDONLY, MS_REMOUNT, must, sys } from "../support/sys.js";
import { under } from "../support/tree.js";
import { actions, at, fine, outline, Planner } from "./bed.js";
import { kindOf, StagedBed } from "./staged-bed.js";

needsRoot("an overlay that is used", () => {
  let bed: StagedBed;
  beforeEach(() => {
    bed = StagedBed.create();
  });
  afterEach(() => bed.dispose());

  it("is alone", () => {
    const session = fine(bed.open());
    const second = bed.open();
    expect(second).toMatchObject({ kind: "locked", message: expect.stringContaining("another ovl-index") });
    session.close();
    fine(bed.open()).close();
  });

  it("is alone on its upper, with whichever work directory", () => {
    const session = fine(bed.open());
    const other = under(bed.root, "work2");
    mkdirSync(other);
    const second = openSession(
      { writer, native, files },
      { ...bed.target(), work: bed.rootOf(other) },
      { lower: [] },
    );
    expect(second).toMatchObject({ kind: "locked", message: expect.stringContaining("upper") });
    session.close();
  });

  it("does not begin while upper is a lower layer of a mounted overlay", () => {
    const other = under(bed.root, "other");
    mkdirSync(other);
    must(bed.stage.overlay({ lower: [bed.upper, other], options: [] }), "mount");
    expect(bed.open()).toMatchObject({
      kind: "in-use",
      message: expect.stringMatching(/^upper is used by the overlay mounted at/),
    });
    bed.umount();
    fine(bed.open()).close();
    // As for a sandbox, whose lower layer is a whole filesystem.
    must(bed.stage.overlay({ lower: [bed.root, Buffer.from("/usr")], options: [] }), "mount");
    fine(bed.open()).close();
  });

  it("notices a mount before its begin: it is opened before the plan is made", () => {
    const session = fine(bed.open());
    bed.mount();
    bed.umount();
    const run = fine(session.begin("repair"));
    const p = new Planner(bed);
    const plan = [p.action("add-tombstone", p.make(at("work", "index/x"), { kind: "whiteout" }))];
    expect(run.apply(plan, () => false)).toMatchObject({ done: 0, trouble: { kind: "in-use" } });
    session.close();
  });

  it("notices a mount after the last of its changes", () => {
    const p = new Planner(bed);
    const plan = ["a", "b"].map((name) => p.action("set-nlink", p.xattr(at("upper", name), "nlink", "U-1")));
    let asks = 0;
    const outcome = bed.tryOut(plan, () => {
      if (++asks === 2) bed.mount();
      return false;
    });
    expect(outcome).toEqual({ done: 2, kind: "mounted" });
    bed.umount();
    expect(bed.undo("0001-repair")).toMatchObject({ kind: "mounted" });
  });

  it("takes no work/work of somebody else's for its own", () => {
    const p = new Planner(bed);
    mkdirSync(bed.path(at("work", "work/left")));
    const aside = p.action("keep-entry", p.keep(at("work", "work/left")));
    expect(bed.tryOut([aside])).toEqual({ done: 1, kind: null });
    mkdirSync(bed.path(at("work", "work/left")));
    const again = p.action("keep-entry", p.keep(at("work", "work/left")));
    expect(
      bed.tryOut([again], () => {
        // Another inode, as after a mount.
        renameSync(bed.path(at("work", "work")), under(bed.root, "was"));
        mkdirSync(bed.path(at("work", "work")));
        renameSync(under(bed.root, "was/left"), bed.path(at("work", "work/left")));
        return false;
      }),
    ).toEqual({ done: 1, kind: "mounted" });
  });

  it("does not begin on a mounted overlay, nor on a filesystem that is read-only", () => {
    bed.mount();
    expect(bed.open()).toMatchObject({ kind: "in-use", message: expect.stringContaining("mnt") });
    bed.umount();
    const [disk] = bed.stage.disks;
    const flags = MS_REMOUNT | MS_RDONLY;
    must(
      sys.mount(Buffer.from("x"), disk?.dir ?? bed.root, Buffer.from("ext4"), flags, Buffer.alloc(0)),
      "remount",
    );
    expect(kindOf(bed.open())).toBe("read-only");
  });

  it("notices a mount between its begin and the first change, be it over already", () => {
    for (const stays of [true, false]) {
      const session = fine(bed.open());
      const run = fine(session.begin("repair"));
      const plan = actions(bed);
      bed.mount();
      if (!stays) bed.umount();
      const now = outline(bed.dump());
      expect(run.apply(plan, () => false)).toMatchObject({ done: 0, trouble: { kind: "in-use" } });
      expect(run.finish()).toBeNull();
      session.close();
      if (stays) bed.umount();
      expect(outline(bed.dump())).toEqual(now);
      expect(bed.journals()).toEqual([]);
    }
  });

  it("notices a mount between two batches; what it did cannot be undone then", () => {
    let asks = 0;
    const plan = actions(bed);
    const { done, kind } = bed.tryOut(plan, () => {
      if (++asks === 3) bed.mount();
      return false;
    });
    expect(kind).toBe("in-use");
    expect(done).toBeGreaterThan(2);
    expect(done).toBeLessThan(plan.length);
    bed.umount();
    expect(bed.undo("0001-repair")).toMatchObject({ kind: "mounted" });
  });
});
