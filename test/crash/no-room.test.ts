/**
 * A filesystem without room, for bytes or for inodes: told before the first write where that can be known, and where it
 * runs out in the middle, what was done as a whole stays, and what was half done is taken back while there still is none.
 */
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { afterEach, expect, it } from "vitest";
import { writer } from "../../src/lib/host/system-writer.js";
import type { Action } from "../../src/lib/plan/types.js";
import { needsRoot } from "../support/root.js";
import { must, sys } from "../support/sys.js";
import { under } from "../support/tree.js";
import { hookedWriter } from "../support/writer-faults.js";
import { actions, at, fine, outline, Planner } from "./bed.js";
import { Mortal } from "./mortal.js";
import { StagedBed } from "./staged-bed.js";

const MIB = 1 << 20;

needsRoot("a filesystem", () => {
  let bed: StagedBed;
  afterEach(() => bed.dispose());

  /** Fill the disk but for about so many bytes. */
  function ballast(leave: number): void {
    const file = under(bed.root, "ballast");
    const fd = openSync(file, "w");
    let size = 0;
    try {
      for (;;) size += writeSync(fd, Buffer.alloc(4096, "x"));
    } catch {
      ftruncateSync(fd, Math.max(size - leave, 0));
    }
    must(sys.syncfs(fd), "syncfs");
    closeSync(fd);
  }

  it("that is full before the first write", () => {
    bed = StagedBed.create("ext4", 8 * MIB);
    ballast(MIB / 2);
    const before = bed.dump();
    const session = fine(bed.open());
    const run = fine(session.begin("repair"));
    const { done, trouble } = run.apply(actions(bed), () => false);
    expect({ done, kind: trouble?.kind }).toEqual({ done: 0, kind: "no-space" });
    expect(trouble?.message).toMatch(/has 0\.\d MiB free, and up to 1\.0 MiB are needed/);
    expect(run.finish()).toBeNull();
    session.close();
    expect(bed.journals()).toEqual([]);
    expect(bed.dump()).toEqual(before);
  });

  it("that fills up in the middle", () => {
    bed = StagedBed.create("ext4", 8 * MIB);
    const after = bed.states();
    const before = bed.dump();
    const kinds = new Set<string>();
    const roomy = { ...writer, space: () => ({ bytes: 1e9, inodes: null }) };
    for (let blocks = 0; blocks < 24; blocks++) {
      rmSync(under(bed.root, "ballast"), { force: true });
      ballast(blocks * 4096);
      const session = fine(bed.open({ writer: roomy }));
      const run = fine(session.begin("repair"));
      const { done, trouble } = run.apply(actions(bed), () => false);
      run.finish();
      session.close();
      kinds.add(trouble?.kind ?? "done");
      if (trouble?.kind !== "left") expect(outline(bed.dump()), `${blocks} blocks`).toEqual(after[done]);
      bed.takeBack();
      expect(bed.dump(), `${blocks} blocks`).toEqual(before);
    }
    expect([...kinds].sort()).toEqual(["done", "no-space"]);
  });

  /** Files of somebody else: as many as leave so many inodes free. */
  function takeInodes(leave: number): void {
    const others = under(bed.root, "others");
    mkdirSync(others, { recursive: true });
    let taken = readdirSync(others).length;
    const name = (i: number): Buffer => under(others, `${i}`);
    try {
      for (;;) {
        writeFileSync(name(taken), "");
        taken++;
      }
    } catch {
      for (let i = 1; i <= leave; i++) rmSync(name(taken - i));
    }
  }

  it("that has too few inodes before the first write", () => {
    bed = StagedBed.create();
    takeInodes(40);
    const before = bed.dump();
    const p = new Planner(bed);
    const directory = { kind: "directory", mode: 0, xattrs: [] } as const;
    const plan = Array.from({ length: 25 }, (_, i) => [
      p.action("add-entry", p.make(at("work", `index/entry${i}`), directory)),
      p.action("add-tombstone", p.make(at("work", `index/tombstone${i}`), { kind: "whiteout" })),
    ]).flat();
    const apply = (plan: readonly Action[]) =>
      bed.during((session) => {
        const run = fine(session.begin("repair"));
        const outcome = run.apply(plan, () => false);
        expect(run.finish()).toBeNull();
        return outcome;
      });
    expect(apply(plan)).toMatchObject({
      done: 0,
      trouble: {
        kind: "no-space",
        message: "the filesystem of upper and work has 40 free, and up to 41 inodes are needed: make room",
      },
    });
    expect(bed.journals()).toEqual([]);
    expect(bed.dump()).toEqual(before);
    // Tombstones are links of one inode; with one directory less there is enough.
    expect(apply(plan.slice(1))).toEqual({ done: 49, trouble: null });
    fine(bed.undo("0001-repair"));
    expect(bed.dump()).toEqual(before);
  });

  it("whose last inodes are taken before any call that writes", () => {
    bed = StagedBed.create();
    takeInodes(64);
    const after = bed.states();
    const before = bed.dump();
    const whole = new Mortal();
    whole.live((host) => bed.repair(actions(bed), host));
    bed.takeBack();
    const done = new Set<number>();
    const kinds = new Set<string>();
    for (let call = 1; call <= whole.calls; call++) {
      takeInodes(64);
      const greedy = hookedWriter(writer, (n, _, phase) => {
        if (n === call && phase === "before") takeInodes(0);
      });
      const session = fine(bed.open({ writer: greedy }));
      const run = fine(session.begin("repair"));
      const applied = run.apply(actions(bed), () => false);
      run.finish();
      for (const { problem } of fine(session.journals())) expect(problem, `call ${call}`).toBeNull();
      session.close();
      kinds.add(applied.trouble?.kind ?? "done");
      if (applied.trouble !== null) expect(applied.trouble.message).toMatch(/^(.*ENOSPC.*|.* has 0 free.*)$/);
      expect(outline(bed.dump()), `call ${call}`).toEqual(after[applied.done]);
      done.add(applied.done);
      // What is half done is taken back with none at all; to undo a run that is finished takes a folder.
      if (applied.trouble === null) takeInodes(1);
      bed.takeBack();
      expect(bed.dump(), `call ${call}`).toEqual(before);
    }
    expect([...kinds].sort()).toEqual(["done", "no-space"]);
    // Before each action that makes an object, before all, and after all.
    expect([...done].sort((a, b) => a - b)).toEqual([0, 4, 7, 11, 12]);
  });

  it("is not asked for more than a journal can hold", () => {
    bed = StagedBed.create();
    const before = bed.dump();
    const p = new Planner(bed);
    const large = p.action("set-impure", p.xattr(at("upper", "old"), "impure", "y".repeat(64 << 10)));
    bed.during((session) => {
      const run = fine(session.begin("repair"));
      // A GiB and more, each value with its old one and in two digits a byte.
      const { done, trouble } = run.apply(Array<Action>(8192).fill(large), () => false);
      expect({ done, kind: trouble?.kind }).toEqual({ done: 0, kind: "unsupported" });
      expect(trouble?.message).toContain(
        "more than a journal can hold: accept a part of them, and run again",
      );
      expect(run.finish()).toBeNull();
    });
    expect(bed.journals()).toEqual([]);
    expect(bed.dump()).toEqual(before);
  });
});
