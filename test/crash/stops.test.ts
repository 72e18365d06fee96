/**
 * A run that ends at any call that writes, before or after it, as if its process had been killed there: the next
 * session brings back the old state, or the new one is there as a whole. And so where recovery or undo end in this way.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApplyHost, Trouble } from "../../src/lib/apply/index.js";
import type { Action } from "../../src/lib/plan/types.js";
import { Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";
import { actions, Bed, carryOut, fill, fine, withoutTimes, withoutWorkTimes } from "./bed.js";
import { type End, everyEnd, Mortal } from "./mortal.js";

needsRoot("a process that ends anywhere", () => {
  let stage: Stage;
  let bed: Bed;
  let plan: Action[];
  let image: number;
  let before: string[];
  let complete: string[];

  const disk = () => {
    const [first] = stage.disks;
    if (first === undefined) throw new Error("no disk");
    return first;
  };
  /** What the disk holds now is what {@link afresh} comes back to. */
  const keepImage = (): void => {
    disk().umount();
    image = disk().copy();
    disk().mount();
  };
  const afresh = (): void => {
    disk().umount();
    disk().use(image);
    image = disk().copy();
    disk().mount();
  };

  const repair = (host: Pick<ApplyHost, "writer">): void => {
    const session = fine(bed.open(host));
    carryOut(session, plan);
    session.close();
  };
  const undo = (host: Pick<ApplyHost, "writer">): void => {
    const session = fine(bed.open(host));
    fine(session.undo("0001-repair", { dryRun: false }));
    session.close();
  };
  const recover = (host: Partial<ApplyHost> = {}): string => {
    const session = fine(bed.open(host));
    const recovery = fine(session.recover());
    session.close();
    return recovery.kind;
  };
  const callsOf = (life: (host: Pick<ApplyHost, "writer">) => void): number => {
    const mortal = new Mortal();
    expect(mortal.live(life)).toBe(true);
    return mortal.calls;
  };

  /** Old or complete, as recovery says; and nothing is left to recover. */
  const expectWhole = (kind: string, journals: string[]): void => {
    const now = bed.dump();
    if (journals.includes("0001-repair")) {
      expect(["none", "finished"]).toContain(kind);
      expect(withoutTimes(now)).toEqual(complete);
    } else if (journals.length > 0) {
      expect(now).toEqual(before);
    } else {
      expect(withoutWorkTimes(now)).toEqual(withoutWorkTimes(before));
    }
    expect(recover()).toBe("none");
  };

  beforeAll(() => {
    stage = Stage.create("ext4");
    stage.mountDisks();
    bed = new Bed(stage.path(0, ""));
    fill(bed);
    keepImage();
    plan = actions(bed);
    before = bed.dump();
  });
  afterAll(() => stage.dispose());

  it("a run", () => {
    const calls = callsOf(repair);
    complete = withoutTimes(bed.dump());
    const kinds = new Set<string>();
    for (const end of everyEnd(calls)) {
      afresh();
      new Mortal(end).live(repair);
      const kind = recover();
      kinds.add(kind);
      const journals = bed.journals();
      expect([[], ["0001-repair"], ["0001-repair.undone"]], show(end)).toContainEqual(journals);
      expectWhole(kind, journals);
    }
    expect([...kinds].sort()).toEqual(["finished", "none", "rolled-back"]);
  });

  it("recovery, and recovery of that", () => {
    afresh();
    const middle = Math.floor(callsOf(repair) * 0.8);
    const crashed = (): void => {
      afresh();
      expect(new Mortal({ call: middle, phase: "after" }).live(repair)).toBe(false);
    };
    crashed();
    const calls = callsOf(recover);
    expect(calls).toBeGreaterThan(30);
    for (const end of everyEnd(calls)) {
      crashed();
      new Mortal(end).live(recover);
      // Once more, a little further on.
      new Mortal({ call: Math.ceil(end.call / 2), phase: "after" }).live(recover);
      recover();
      expect(bed.journals(), show(end)).toEqual(["0001-repair.undone"]);
      expect(bed.dump(), show(end)).toEqual(before);
    }
  });

  it("undo", () => {
    afresh();
    repair(new Mortal().host);
    complete = withoutTimes(bed.dump());
    keepImage();
    const calls = callsOf(undo);
    expect(bed.dump()).toEqual(before);
    for (const end of everyEnd(calls)) {
      afresh();
      new Mortal(end).live(undo);
      const kind = recover();
      expectWhole(kind, bed.journals());
      if (kind === "none" && end.call < calls / 2) expect(bed.journals(), show(end)).toEqual(["0001-repair"]);
    }
  });

  it("no run begins before recovery", () => {
    afresh();
    fine(bed.open()).close();
    const session = fine(bed.open());
    expect(fine(session.journals())[0]?.state).toBe("finished");
    session.close();
    new Mortal({ call: 20, phase: "after" }).live(undo);
    const next = fine(bed.open());
    const refused = next.begin("repair");
    expect(refused instanceof Trouble && refused.kind).toBe("unfinished");
    next.close();
  });
});

const show = (end: End): string => `${end.phase} call ${end.call}`;
