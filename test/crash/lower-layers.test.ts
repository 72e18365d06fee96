/** Lower layers are written only where that was asked for, and never one that a mount may use. */
import { mkdirSync, symlinkSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { files } from "../../src/lib/host/files.js";
import { needsRoot } from "../support/root.js";
import { must, sys } from "../support/sys.js";
import { under } from "../support/tree.js";
import { at, carryOut, fine, outline, Planner } from "./bed.js";
import { StagedBed } from "./staged-bed.js";

needsRoot("a lower layer", () => {
  let bed: StagedBed;
  beforeEach(() => {
    bed = StagedBed.create();
  });
  afterEach(() => bed.dispose());

  /** An overlay of paths that count from `directory`, which its mount point is not below. */
  const mountFrom = (directory: Buffer, options: string): { umount: () => void } => {
    const { mnt } = bed.stage;
    const before = process.cwd();
    process.chdir(directory.toString());
    try {
      const overlay = Buffer.from("overlay");
      must(sys.mount(overlay, mnt, overlay, 0, Buffer.from(options)), "mount");
    } finally {
      process.chdir(before);
    }
    return { umount: () => void sys.umount(mnt, 0) };
  };
  const plan = () => {
    const p = new Planner(bed);
    return [p.action("remove-redirect", p.xattr(at("lower[1]", "low"), "redirect", "/x"))];
  };

  it("is written only where that was allowed, and undone too", () => {
    expect(bed.tryOut(plan())).toEqual({ done: 0, kind: "unsupported" });
    expect(bed.dump()).toEqual(bed.before);
    const id = bed.during((session) => carryOut(session, plan()), {}, ["lower[1]"]);
    expect(outline(bed.dump())).toContain("lower/low redirect=/x");
    // What a journal says it wrote to is not written for that alone.
    const after = bed.dump();
    expect(bed.undo(id)).toMatchObject({
      kind: "unsupported",
      message: expect.stringMatching(/lower\[1\].*--write-lower/),
    });
    expect(bed.dump()).toEqual(after);
    fine(bed.undo(id, ["lower[1]"]));
    expect(bed.dump()).toEqual(bed.before);
  });

  it("that a mount uses is not written", () => {
    const other = under(bed.root, "other");
    for (const name of ["", "/u", "/w"]) mkdirSync(Buffer.concat([other, Buffer.from(name)]));
    must(
      bed.stage.overlay({
        lower: [bed.lower],
        upper: under(other, "u"),
        work: under(other, "w"),
        options: [],
      }),
      "mount",
    );
    expect(bed.open({}, ["lower[1]"])).toMatchObject({
      kind: "in-use",
      message: expect.stringContaining("lower[1]"),
    });
    fine(bed.open()).close();
  });

  it("is not written while it is not known what some mounted overlay uses", () => {
    const other = under(bed.root, "other");
    for (const name of ["", "/l"]) mkdirSync(Buffer.concat([other, Buffer.from(name)]));
    symlinkSync(bed.lower, under(other, "link"));
    const { umount } = mountFrom(other, "lowerdir=link:l");
    try {
      expect(bed.open({}, ["lower[1]"])).toMatchObject({
        kind: "in-use",
        message: expect.stringMatching(/mnt may use lower\[1\]/),
      });
      fine(bed.open()).close();
    } finally {
      umount();
    }
    const blind = {
      ...files,
      list: (path: Buffer) => (path.toString() === "/proc" ? -13 : files.list(path)),
    };
    expect(bed.open({ files: blind }, ["lower[1]"])).toMatchObject({
      kind: "in-use",
      message: expect.stringContaining("cannot be read"),
    });
    fine(bed.open({}, ["lower[1]"])).close();
  });
});
