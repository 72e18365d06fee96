/** What one run is: it may be stopped, goes on in rounds, and leaves no trace where it did nothing. */
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { needsRoot } from "../support/root.js";
import { actions, at, fine, Planner } from "./bed.js";
import { StagedBed } from "./staged-bed.js";

needsRoot("a run", () => {
  let bed: StagedBed;
  beforeEach(() => {
    bed = StagedBed.create();
  });
  afterEach(() => bed.dispose());

  it("stops on demand between two actions, and what was done can be undone", () => {
    let asks = 0;
    expect(bed.tryOut(actions(bed), () => ++asks === 4)).toEqual({ done: 3, kind: "stopped" });
    expect(fine(bed.undo("0001-repair"))).toMatchObject({ actions: 3, undone: true });
    expect(bed.dump()).toEqual(bed.before);
  });

  it("goes on in rounds, which are one run", () => {
    const session = fine(bed.open());
    const run = fine(session.begin("repair"));
    const plan = actions(bed);
    expect(run.apply(plan, () => false)).toEqual({ done: plan.length, trouble: null });
    const p = new Planner(bed);
    const second = [
      p.action("set-nlink", p.xattr(at("upper", "b"), "nlink", "U+0")),
      p.action("keep-entry", p.keep(at("work", "index/00fba"))),
      p.action("set-impure", p.xattr(at("upper", "dir"), "impure", null)),
    ];
    let asks = 0;
    expect(run.apply(second, () => ++asks === 3)).toMatchObject({ done: 2, trouble: { kind: "stopped" } });
    expect(run.kept.map((kept) => kept.path.toString().replace(/.*ovl-index/, ""))).toEqual([
      "/0001-repair/kept/6",
      "/0001-repair/kept/7",
      "/0001-repair/kept/17",
      "/0001-repair/kept/21",
    ]);
    expect(run.finish()).toBeNull();
    expect(readFileSync(run.kept[0]?.path ?? "", "latin1")).toBe("kept data");
    expect(fine(session.journals())).toMatchObject([
      { id: "0001-repair", actions: 14, changes: 22, problem: null },
    ]);
    fine(session.undo("0001-repair", { dryRun: false }));
    session.close();
    expect(bed.dump()).toEqual(bed.before);
  });

  it("leaves nothing where nothing was to be done", () => {
    expect(bed.tryOut([])).toEqual({ done: 0, kind: null });
    expect(bed.tryOut(actions(bed), () => true)).toEqual({ done: 0, kind: "stopped" });
    expect(bed.journals()).toEqual([]);
    expect(bed.dump()).toEqual(bed.before);
  });
});
