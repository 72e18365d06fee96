/** What a run did is done, and undone to the byte. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FsType } from "../support/disk.js";
import { dump } from "../support/dump.js";
import { Stage } from "../support/mounts.js";
import { under } from "../support/tree.js";
import { actions, Bed, carryOut, fill, fine, outline } from "./bed.js";

const AFTER = [
  "upper origin=root",
  "upper/a nlink=2",
  "upper/b nlink=2 nlink=U-1 origin=of b",
  "upper/dir impure=y",
  'upper/dir/b\\xff\\x0a"\\x5c nlink=2 origin=x',
  "upper/dir/c nlink=1 origin=of dir/c",
  "upper/dir/new",
  "upper/dir/new/e nlink=1 nlink=L+1 origin=of old/e",
  "upper/dir/sub",
  "upper/dir/sub/d nlink=1 origin=of dir/sub/d",
  "upper/link nlink=1",
  "work",
  "work/index upper=handle",
  "work/index/00fba nlink=2",
  "work/work",
  "lower",
  "lower/low",
];

/** What the run moved away: two index entries, and the index directory with all that came into it. */
const KEPT = [
  "kept",
  "kept/17",
  "kept/17/00fbDIR upper=somewhere",
  "kept/17/00fbb nlink=2 nlink=U-1 origin=of b",
  "kept/17/00fbnew upper=handle",
  "kept/17/00fbt nlink=2",
  "kept/17/dead nlink=2",
  "kept/17/odd nlink=2 origin=x",
  "kept/6 nlink=1",
  "kept/7 nlink=1",
];

let stage: Stage;
let bed: Bed;

function begin(fs: FsType): void {
  stage = Stage.create(fs);
  stage.mountDisks();
  bed = new Bed(stage.path(0, ""));
  fill(bed);
}
afterEach(() => stage.dispose());

describe.each(["ext4", "xfs", "btrfs"] as const)("on %s", (fs) => {
  beforeEach(() => begin(fs));

  it("does what the plan says, and undo brings back every byte", () => {
    const before = bed.dump();
    const session = fine(bed.open());
    expect(session.recover()).toEqual({ kind: "none" });
    const id = carryOut(session, actions(bed));
    expect(id).toBe("0001-repair");
    const after = bed.dump();
    expect(outline(after)).toEqual(AFTER);
    expect(bed.journals()).toEqual(["0001-repair"]);
    expect(outline(dump([under(bed.work, "ovl-index/0001-repair/kept")]))).toEqual(KEPT);
    expect(fine(session.undo(id, { dryRun: true }))).toEqual({ id, actions: 12, changes: 20, undone: false });
    expect(bed.dump()).toEqual(after);
    expect(fine(session.undo(id, { dryRun: false }))).toEqual({ id, actions: 12, changes: 20, undone: true });
    expect(bed.dump()).toEqual(before);
    expect(bed.journals()).toEqual(["0001-repair.undone"]);
    session.close();
  });
});
