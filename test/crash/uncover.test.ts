/**
 * Whiteouts that go from a filesystem where nothing can be moved aside: interrupted anywhere, or refused by the
 * filesystem, they are gone or there, and once that is undone they are all that they were but for their inode numbers.
 */
import { chownSync, lstatSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { Trouble } from "../../src/lib/apply/index.js";
import { writer } from "../../src/lib/host/system-writer.js";
import type { Writer } from "../../src/lib/host/writer.js";
import { needsRoot } from "../support/root.js";
import { must, sys } from "../support/sys.js";
import { makeWhiteout } from "../support/tree.js";
import { faultyWriter } from "../support/writer-faults.js";
import { ApartBed } from "./apart-bed.js";
import { at, fine, outline } from "./bed.js";
import { everyEnd, Mortal } from "./mortal.js";

needsRoot("a whiteout on another filesystem", () => {
  let bed: ApartBed;
  afterEach(() => bed.dispose());

  const begin = (): void => {
    bed = ApartBed.create();
    // The folder of journals is there from the second run on.
    bed.repair();
    bed.takeBack();
  };
  const low = (name: string): Buffer => bed.path(at("lower[1]", name));
  const names = (): string =>
    outline(bed.dump())
      .filter((line) => /^lower\/.*(one|own|both|stays)/.test(line))
      .map((line) => line.slice(6).split(" ")[0])
      .join(" ");

  it.each(["ext4", "xfs", "btrfs"] as const)("goes, and is there again once that is undone, on %s", (fs) => {
    bed = ApartBed.create(fs);
    const id = bed.repair();
    expect(names()).toBe("stays");
    expect(lstatSync(low("stays")).nlink).toBe(1);
    fine(bed.undo(id));
    expect(bed.dump()).toEqual(bed.before);
    expect(lstatSync(low("stays")).ino).toBe(lstatSync(low("one")).ino);
    expect(lstatSync(low("low/both")).ino).toBe(lstatSync(low("low/deep/both")).ino);
  });

  it("stays where it has more xattrs than a line of the journal holds", () => {
    bed = ApartBed.create("ext4", "xfs");
    const value = Buffer.alloc(60_000, 7);
    for (let n = 0; n < 10; n++)
      must(sys.setxattr(low("low/own"), Buffer.from(`trusted.n${n}`), value, 0), "setxattr");
    const now = bed.dump();
    const session = fine(bed.open({}));
    const run = fine(session.begin("repair"));
    const { done, trouble } = run.apply(bed.plan(), () => false);
    run.finish();
    session.close();
    expect({ done, kind: trouble?.kind }).toEqual({ done: 0, kind: "unsupported" });
    expect(trouble?.message).toContain("low/own");
    expect(bed.dump()).toEqual(now);
  });

  it("is back, or gone for good, wherever the process ended", () => {
    begin();
    const whole = new Mortal();
    whole.live((host) => bed.repair(host));
    const complete = bed.dump();
    bed.takeBack();
    const kinds = new Set<string>();
    for (const end of everyEnd(whole.calls)) {
      const when = JSON.stringify(end);
      expect(
        new Mortal(end).live((host) => bed.repair(host)),
        when,
      ).toBe(false);
      const { kind } = fine(bed.recover());
      kinds.add(kind);
      if (kind !== "none") expect(bed.dump(), when).toEqual(kind === "finished" ? complete : bed.before);
      bed.takeBack();
      expect(bed.dump(), when).toEqual(bed.before);
    }
    expect([...kinds].sort()).toEqual(["finished", "none", "rolled-back"]);
  });

  it("is back wherever its undo ended", () => {
    begin();
    const id = bed.repair();
    const whole = new Mortal();
    whole.live((host) => void fine(bed.undo(id, host)));
    for (const end of everyEnd(whole.calls)) {
      const again = bed.repair();
      new Mortal(end).live((host) => void fine(bed.undo(again, host)));
      bed.takeBack();
      expect(bed.dump(), JSON.stringify(end)).toEqual(bed.before);
    }
  });

  it.each([
    ["ENOSPC", -28],
    ["EIO", -5],
  ] as const)("%s, wherever it comes: whole actions are done, or taken back, now or later", (name, errno) => {
    begin();
    const whole = new Mortal();
    whole.live((host) => bed.repair(host));
    bed.takeBack();
    const done = new Set<number>();
    for (let call = 1; call <= whole.calls; call++) {
      const when = `call ${call}`;
      const plan = bed.plan();
      const session = bed.open({ writer: faultyWriter(writer, { call, errno }) });
      if (session instanceof Trouble) continue;
      const run = session.begin("repair");
      if (!(run instanceof Trouble)) {
        const { done: count, trouble } = run.apply(plan, () => false);
        if (trouble !== null) expect(trouble.message, when).toContain(name);
        done.add(count);
        run.finish();
      }
      session.close();
      bed.takeBack();
      expect(bed.dump(), when).toEqual(bed.before);
    }
    expect([0, 2, 4, 7].every((count) => done.has(count))).toBe(true);
    const id = bed.repair();
    const undoing = new Mortal();
    undoing.live((host) => void fine(bed.undo(id, host)));
    for (let call = 1; call <= undoing.calls; call++) {
      const again = bed.repair();
      const session = bed.open({ writer: faultyWriter(writer, { call, errno }) });
      if (!(session instanceof Trouble)) {
        session.undo(again, { dryRun: false });
        session.close();
      }
      bed.takeBack();
      expect(bed.dump(), `undo, call ${call}`).toEqual(bed.before);
    }
  });

  describe("that somebody else has been at", () => {
    /** Does it when a call of this name comes first. */
    const meanwhile = (method: "unlink" | "link" | "whiteout" | "dress", act: () => void): Writer => {
      let isDone = false;
      const own = writer[method] as (...args: unknown[]) => number;
      const first = (...args: unknown[]): number => {
        if (!isDone) act();
        isDone = true;
        return own(...args);
      };
      return { ...writer, [method]: first };
    };
    const tell = (mine: Writer) => {
      const session = fine(bed.open({ writer: mine }));
      const run = fine(session.begin("repair"));
      const { done, trouble } = run.apply(bed.plan(), () => false);
      run.finish();
      session.close();
      return { done, kind: trouble?.kind };
    };
    const put = (name: string): void => {
      rmSync(low(name));
      writeFileSync(low(name), "precious");
    };

    it("before: is not taken away, be it another object or another owner's", () => {
      begin();
      // The unlink of the one before it.
      expect(tell(meanwhile("unlink", () => put("one")))).toEqual({ done: 2, kind: "changed" });
      expect(lstatSync(low("one")).size).toBe(8);
      bed.dispose();
      begin();
      expect(tell(meanwhile("unlink", () => chownSync(low("one"), 1, 1)))).toEqual({
        done: 2,
        kind: "changed",
      });
      expect(names()).toBe("low/both low/deep/both one stays");
    });

    it("since: is not undone where there is something else, or another whiteout", () => {
      begin();
      for (const make of [() => writeFileSync(low("one"), "precious"), () => makeWhiteout(low("one"))]) {
        const id = bed.repair();
        make();
        const now = bed.dump();
        expect(bed.undo(id)).toMatchObject({ kind: "changed" });
        expect(bed.dump()).toEqual(now);
        rmSync(low("one"));
        fine(bed.undo(id));
      }
    });

    it("while it is made again: gives nobody's file its owner", () => {
      begin();
      const id = bed.repair();
      const swap = meanwhile("dress", () => {
        put("low/deep/both");
      });
      const result = bed.undo(id, { writer: swap });
      expect(result).toBeInstanceOf(Trouble);
      expect(lstatSync(low("low/deep/both"))).toMatchObject({ uid: 0, gid: 0, size: 8 });
      expect(lstatSync(low("low/deep/both")).isFile()).toBe(true);
    });

    it("has its place while the undo was interrupted: nothing is touched", () => {
      begin();
      const id = bed.repair();
      const methods: string[] = [];
      new Mortal(null, (_, method) => methods.push(method)).live((host) => void fine(bed.undo(id, host)));
      const again = bed.repair();
      const call = methods.indexOf("whiteout") + 1;
      new Mortal({ call, phase: "after" }).live((host) => void fine(bed.undo(again, host)));
      put("low/deep/both");
      const now = bed.dump();
      expect(fine(bed.recover())).toMatchObject({ kind: "left" });
      expect(bed.dump()).toEqual(now);
    });
  });
});
