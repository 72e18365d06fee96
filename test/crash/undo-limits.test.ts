/** What undo does not take back, and what it leaves to others. */
import { lstatSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Place } from "../../src/lib/plan/types.js";
import { needsRoot } from "../support/root.js";
import { under } from "../support/tree.js";
import { at, fine, markSub, Planner, xattr } from "./bed.js";
import { kindOf, StagedBed } from "./staged-bed.js";

needsRoot("undo", () => {
  let bed: StagedBed;
  beforeEach(() => {
    bed = StagedBed.create();
  });
  afterEach(() => bed.dispose());

  it("takes runs back from the newest on", () => {
    bed.repair();
    const between = bed.dump();
    bed.repair(markSub(bed));
    expect(bed.undo("0001-repair")).toMatchObject({
      kind: "no-journal",
      message: expect.stringContaining("0002-repair"),
    });
    expect(kindOf(bed.undo("0003-repair"))).toBe("no-journal");
    fine(bed.undo("0002-repair"));
    expect(bed.dump()).toEqual(between);
    expect(kindOf(bed.undo("0002-repair"))).toBe("no-journal");
    fine(bed.undo("0001-repair"));
    expect(bed.dump()).toEqual(bed.before);
    bed.repair(markSub(bed));
    expect(bed.journals()).toEqual(["0001-repair.undone", "0002-repair.undone", "0003-repair"]);
  });

  it("refuses after a mount, and after any change of what was done", () => {
    bed.repair();
    xattr(bed, at("upper", "b"), "nlink", Buffer.from("U+7"));
    const changed = bed.dump();
    expect(bed.undo("0001-repair")).toMatchObject({
      kind: "changed",
      message: expect.stringContaining("upper:b"),
    });
    expect(bed.dump()).toEqual(changed);
    xattr(bed, at("upper", "b"), "nlink", Buffer.from("U-1"));
    writeFileSync(bed.path(at("upper", "x")), "");
    bed.mount();
    bed.umount();
    expect(bed.undo("0001-repair")).toMatchObject({ kind: "mounted" });
  });

  it("leaves a directory the times of whoever changed it since", () => {
    bed.repair();
    const theirs = bed.path(at("upper", "dir"));
    writeFileSync(under(theirs, "since"), "");
    const times = (place: Place): unknown => {
      const { atimeNs, mtimeNs } = lstatSync(bed.path(place), { bigint: true });
      return [atimeNs, mtimeNs];
    };
    const [since, old] = [times(at("upper", "dir")), times(at("upper", ""))];
    fine(bed.undo("0001-repair"));
    expect(times(at("upper", "dir"))).toEqual(since);
    expect(times(at("upper", ""))).toEqual(old);
    expect(since).not.toEqual(old);
  });

  it("stops on demand, and recovery goes on with it", () => {
    bed.repair();
    const done = bed.dump();
    for (const polls of [1, 5]) {
      let asks = 0;
      const asked = () => ++asks === polls;
      const stopped = bed.during((session) => session.undo("0001-repair", { dryRun: false, asked }));
      expect(stopped).toMatchObject({ kind: "stopped" });
      if (polls === 1) expect(bed.dump()).toEqual(done);
    }
    expect(bed.journals()).toEqual(["0001-repair.undoing"]);
    expect(bed.recover()).toMatchObject({ kind: "finished", journal: "0001-repair" });
    expect(bed.dump()).toEqual(bed.before);
  });

  it("never takes the last name of an object away", () => {
    const p = new Planner(bed);
    bed.repair([p.action("add-entry", p.link(at("work", "index/00fbb"), at("upper", "b")))]);
    rmSync(bed.path(at("upper", "b")));
    const now = bed.dump();
    expect(bed.undo("0001-repair")).toMatchObject({ kind: "changed" });
    expect(bed.dump()).toEqual(now);
  });
});
