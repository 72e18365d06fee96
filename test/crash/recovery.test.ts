/** An interrupted run that cannot simply be taken back: its overlay lived since, or its journal is torn. */
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { line } from "../../src/lib/apply/line.js";
import { needsRoot } from "../support/root.js";
import { fine, markSub, outline } from "./bed.js";
import { StagedBed } from "./staged-bed.js";

needsRoot("an interrupted run", () => {
  let bed: StagedBed;
  beforeEach(() => {
    bed = StagedBed.create();
  });
  afterEach(() => bed.dispose());

  it("is left as it is after a mount, and that is said", () => {
    bed.interrupt();
    bed.mount();
    bed.umount();
    const now = outline(bed.dump());
    const session = fine(bed.open());
    expect(session.recover()).toMatchObject({
      kind: "left",
      journal: "0001-repair",
      why: expect.stringMatching(/mounted since.*nothing was touched/),
    });
    expect(outline(bed.dump())).toEqual(now);
    expect(bed.journals()).toEqual(["0001-repair.left"]);
    expect(session.recover()).toEqual({ kind: "none" });
    fine(session.begin("repair"));
    session.close();
  });

  it("that was left is told as the reason why those below it cannot be undone", () => {
    bed.repair(markSub(bed));
    bed.interrupt();
    bed.mount();
    bed.umount();
    expect(bed.recover()).toMatchObject({ kind: "left", journal: "0002-repair" });
    expect(bed.undo("0001-repair")).toMatchObject({
      kind: "no-journal",
      message: expect.stringMatching(/0002-repair .* left as it was.*: 0001-repair cannot be undone/),
    });
    expect(bed.undo("0002-repair")).toMatchObject({ message: expect.stringMatching(/left as it was/) });
  });

  describe("whose journal is", () => {
    const file = () => `${bed.work}/ovl-index/0001-repair.open/journal`;

    it("torn at its end: it is whole up to there", () => {
      bed.interrupt();
      appendFileSync(file(), '0123abcd ["xattr","upp');
      expect(bed.recover()).toMatchObject({ kind: "rolled-back" });
      expect(bed.dump()).toEqual(bed.before);
    });

    it.each([1, 2])("of format %i is followed, by recovery and by undo", (version) => {
      const older = (journal: string): void => {
        const [head = "", ...rest] = readFileSync(journal, "latin1").split("\n");
        const json = head.slice(head.indexOf(" ") + 1).replace("journal/3", `journal/${version}`);
        writeFileSync(journal, line(json) + rest.join("\n"), "latin1");
      };
      bed.interrupt();
      older(file());
      expect(bed.recover()).toMatchObject({ kind: "rolled-back" });
      expect(bed.dump()).toEqual(bed.before);
      const id = bed.repair();
      older(`${bed.work}/ovl-index/${id}/journal`);
      expect(bed.undo(id)).toMatchObject({ undone: true });
      expect(bed.dump()).toEqual(bed.before);
    });

    it("torn in the middle, of the future, or none, is left alone", () => {
      bed.interrupt();
      const whole = readFileSync(file(), "latin1");
      const now = bed.dump();
      writeFileSync(file(), whole.replace('["batch"', '["botch"'));
      expect(bed.recover()).toMatchObject({
        kind: "bad-journal",
        message: expect.stringContaining("line 2"),
      });
      writeFileSync(file(), whole.replace("journal/3", "journal/4"));
      expect(bed.recover()).toMatchObject({ kind: "future-journal" });
      truncateSync(file());
      expect(bed.recover()).toMatchObject({ kind: "left" });
      expect(bed.dump()).toEqual(now);
    });
  });
});
