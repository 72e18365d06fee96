/** A plan is made of what was seen; where something else stands there by now, nothing is done. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, renameSync, rmdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSession } from "../../src/lib/apply/index.js";
import { native } from "../../src/lib/host/addon.js";
import { files } from "../../src/lib/host/files.js";
import { writer } from "../../src/lib/host/system-writer.js";
import type { Action, Step } from "../../src/lib/plan/types.js";
import { needsRoot } from "../support/root.js";
import { makeWhiteout, under } from "../support/tree.js";
import { at, fine, markSub, Planner, xattr } from "./bed.js";
import { kindOf, StagedBed } from "./staged-bed.js";

needsRoot("a session on what has changed since", () => {
  let bed: StagedBed;
  beforeEach(() => {
    bed = StagedBed.create();
  });
  afterEach(() => bed.dispose());

  it("notices another directory at a layer's path", () => {
    const target = bed.target();
    renameSync(bed.work, under(bed.root, "elsewhere"));
    mkdirSync(bed.work);
    expect(kindOf(openSession({ writer, native, files }, target, { lower: [] }))).toBe("changed");
  });

  it.each(["+i", "+a"])("tells of a flag (chattr %s) that root is refused for, too", (flag) => {
    const path = bed.path(at("upper", "dir")).toString();
    const p = new Planner(bed);
    const plan = [p.action("set-impure", p.xattr(at("upper", "dir"), "impure", "y"))];
    // A flag changes the ctime: it was there when the plan was made.
    execFileSync("chattr", [flag, path]);
    const seen = p.seen(at("upper", "dir"));
    const flagged = plan.map((action) => ({
      ...action,
      steps: action.steps.map((step) => ({ ...step, seen }) as Step),
    }));
    const trouble = bed.during((session) => {
      const run = fine(session.begin("repair"));
      const applied = run.apply(flagged, () => false);
      expect(run.finish()).toBeNull();
      return applied.trouble;
    });
    execFileSync("chattr", ["-ia", path]);
    expect(trouble?.message).toMatch(/^xattr upper:dir: EPERM; where lsattr shows it.*chattr -i -a/);
  });

  describe("does none of an action where there is", () => {
    const cases: Record<string, (p: Planner) => Action> = {
      "another inode": (p) => {
        const step = p.keep(at("work", "index/stale"));
        renameSync(bed.path(at("upper", "b")), bed.path(at("work", "index/stale")));
        return p.action("keep-entry", p.xattr(at("upper", "dir"), "impure", "y"), step);
      },
      "an inode that changed after it was checked": (p) => {
        const step = p.xattr(at("upper", "b"), "nlink", "U-1");
        chmodSync(bed.path(at("upper", "b")), 0o600);
        return p.action("set-nlink", p.make(at("work", "index/x"), { kind: "whiteout" }), step);
      },
      "another value": (p) => {
        const step = p.xattr(at("upper", "b"), "origin", "new");
        xattr(bed, at("upper", "b"), "origin", Buffer.from("meanwhile"));
        const now = { ...step, seen: p.seen(at("upper", "b")) } as Step;
        return p.action("set-origin", p.xattr(at("upper", "a"), "origin", null), now);
      },
      "a name that is taken": (p) => {
        const step = p.make(at("work", "index/x"), { kind: "whiteout" });
        makeWhiteout(bed.path(at("work", "index/x")));
        return p.action("add-tombstone", p.xattr(at("upper", "a"), "origin", null), step);
      },
      "a link that is there": (p) => {
        const first = p.link(at("work", "index/x"), at("upper", "b"));
        return p.action("add-entry", first, p.link(at("work", "index/x"), at("upper", "b")));
      },
      "nothing any more": (p) => {
        const step = p.move(at("work", "index/00fbdir"), at("work", "index/y"));
        rmdirSync(bed.path(at("work", "index/00fbdir")));
        return p.action("rename-entry", p.keep(at("work", "index/dead")), step);
      },
    };
    it.each(Object.keys(cases))("%s", (name) => {
      const p = new Planner(bed);
      const bad = cases[name]?.(p);
      if (bad === undefined) throw new Error("no such case");
      const now = bed.dump();
      const good = markSub(bed);
      const never = p.action("set-impure", p.xattr(at("upper", "old"), "impure", "y"));
      expect(bed.tryOut([...good, bad, never])).toEqual({ done: 1, kind: "changed" });
      expect(fine(bed.undo("0001-repair"))).toMatchObject({ actions: 1, changes: 1 });
      expect(bed.dump()).toEqual(now);
    });
  });
});
