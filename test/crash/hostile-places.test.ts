/** Where a session writes, somebody has put a symlink or a folder of their own: what that leads to stays as it is. */
import { chmodSync, chownSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { dump } from "../support/dump.js";
import { needsRoot } from "../support/root.js";
import { under } from "../support/tree.js";
import { at, fine, Planner } from "./bed.js";
import { kindOf, StagedBed } from "./staged-bed.js";

needsRoot("a session on a hostile layer", () => {
  let bed: StagedBed;
  let victim: Buffer;
  let safe: string[];
  beforeEach(() => {
    bed = StagedBed.create();
    victim = under(bed.root, "victim");
    mkdirSync(victim);
    mkdirSync(under(victim, "sub"));
    writeFileSync(under(victim, "sub/d"), "precious");
    mkdirSync(under(victim, "0007-repair.open"));
    safe = dump([victim], { times: true });
  });
  afterEach(() => {
    const now = dump([victim], { times: true });
    bed.dispose();
    expect(now).toEqual(safe);
  });

  it("does not follow a symlink in place of the folder of journals", () => {
    symlinkSync(victim, under(bed.work, "ovl-index"));
    const answers = bed.during((session) => [
      session.recover(),
      session.begin("repair"),
      session.journals(),
      session.undo("0007-repair", { dryRun: false }),
    ]);
    for (const answer of answers) expect(kindOf(answer)).toBe("bad-journal");
  });

  it("does not follow a symlink in place of a run's folder", () => {
    mkdirSync(under(bed.work, "ovl-index"), 0o700);
    symlinkSync(under(victim, "0007-repair.open"), under(bed.work, "ovl-index/0007-repair.open"));
    const found = bed.recover();
    expect(kindOf(found) ?? fine(found).kind).not.toBe("rolled-back");
  });

  it("trusts no folder of journals that others can write, or own", () => {
    const home = under(bed.work, "ovl-index");
    mkdirSync(home);
    expect(bed.recover()).toEqual({ kind: "none" });
    chmodSync(home, 0o777);
    expect(kindOf(bed.recover())).toBe("bad-journal");
    chmodSync(home, 0o700);
    chownSync(home, 1000, 0);
    expect(kindOf(bed.recover())).toBe("bad-journal");
  });

  it("does not follow a symlink in place of a directory of upper", () => {
    const p = new Planner(bed);
    const steps = [
      p.xattr(at("upper", "dir/sub/d"), "nlink", "U-1"),
      p.link(at("work", "index/x"), at("upper", "dir/sub/d")),
      p.keep(at("upper", "dir/sub/d")),
      p.make(at("upper", "dir/sub/new"), { kind: "whiteout" }),
      p.move(at("upper", "a"), at("upper", "dir/sub/a")),
    ];
    const dir = bed.path(at("upper", "dir"));
    renameSync(dir, under(bed.upper, "was"));
    symlinkSync(victim, dir);
    for (const step of steps)
      expect(bed.tryOut([p.action("remove-mark", step)])).toEqual({ done: 0, kind: "changed" });
  });
});
