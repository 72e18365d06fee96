/**
 * Any call that writes fails: what was done as a whole stays and can be undone, what was half done is taken
 * back, now or by the next session; and there is one line that says what happened.
 */
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { Trouble } from "../../src/lib/apply/index.js";
import { writer } from "../../src/lib/host/system-writer.js";
import { Disk } from "../support/disk.js";
import { Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";
import { must, sys } from "../support/sys.js";
import { under } from "../support/tree.js";
import { faultyWriter } from "../support/writer-faults.js";
import { actions, Bed, carryOut, fill, fine, outline } from "./bed.js";
import { Mortal } from "./mortal.js";

const ENOSPC = -28;
const EIO = -5;
const MIB = 1 << 20;

needsRoot("a call that fails", () => {
  let stage: Stage;
  afterEach(() => stage.dispose());

  function begin(size = 24 * MIB): Bed {
    stage = Stage.create("ext4", 0);
    const dir = join(stage.root, "disk");
    mkdirSync(dir);
    const disk = Disk.create("ext4", Buffer.from(dir), 0, size);
    stage.disks.push(disk);
    disk.mount();
    const bed = new Bed(Buffer.from(dir));
    fill(bed);
    return bed;
  }

  /** The newest run, if there is one that is not undone, is taken back. */
  function undoAll(bed: Bed): void {
    const session = fine(bed.open());
    fine(session.recover());
    const [newest] = fine(session.journals());
    if (newest?.state === "finished") fine(session.undo(newest.id, { dryRun: false }));
    session.close();
  }

  /** Dumps after none, one, two… of the actions. */
  function states(bed: Bed): string[][] {
    return Array.from({ length: actions(bed).length + 1 }, (_, count) => {
      const session = fine(bed.open());
      const run = fine(session.begin("repair"));
      expect(run.apply(actions(bed).slice(0, count), () => false)).toEqual({ done: count, trouble: null });
      expect(run.finish()).toBeNull();
      session.close();
      const state = outline(bed.dump());
      undoAll(bed);
      return state;
    });
  }

  it.each([
    ["ENOSPC", ENOSPC, "no-space"],
    ["EIO", EIO, "io"],
  ] as const)("%s, wherever it comes", (name, errno, kind) => {
    const bed = begin();
    const after = states(bed);
    const before = bed.dump();
    const done = new Set<number>();
    const whole = new Mortal();
    whole.live((host) => {
      const session = fine(bed.open(host));
      carryOut(session, actions(bed));
      session.close();
    });
    undoAll(bed);
    for (let call = 1; call <= whole.calls; call++) {
      const session = bed.open({ writer: faultyWriter(writer, { call, errno }) });
      if (session instanceof Trouble) {
        expect(session).toMatchObject({ kind, message: expect.stringContaining(name) });
        continue;
      }
      const plan = actions(bed);
      const recovery = session.recover();
      const run = recovery instanceof Trouble ? recovery : session.begin("repair");
      if (run instanceof Trouble) {
        expect(run).toMatchObject({ kind, message: expect.stringContaining(name) });
        session.close();
        expect(bed.dump(), `call ${call}`).toEqual(before);
        continue;
      }
      const applied = run.apply(plan, () => false);
      run.finish();
      session.close();
      if (applied.trouble !== null) {
        expect(applied.trouble.message).toContain(name);
        expect(applied.trouble.message).not.toContain("\n");
      }
      if (applied.trouble?.kind !== "left") {
        expect(outline(bed.dump()), `call ${call}`).toEqual(after[applied.done]);
      }
      done.add(applied.done);
      undoAll(bed);
      expect(bed.dump(), `call ${call}`).toEqual(before);
    }
    expect(done.size).toBe(after.length);
  });

  /** Fill the disk but for about so many bytes. */
  function ballast(bed: Bed, leave: number): void {
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

  it("a filesystem that is full before the first write", () => {
    const bed = begin(8 * MIB);
    ballast(bed, MIB / 2);
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

  it("a filesystem that fills up in the middle", () => {
    const bed = begin(8 * MIB);
    const after = states(bed);
    const before = bed.dump();
    const kinds = new Set<string>();
    const roomy = { ...writer, space: () => ({ bytes: 1e9, inodes: null }) };
    for (let blocks = 0; blocks < 24; blocks++) {
      rmSync(under(bed.root, "ballast"), { force: true });
      ballast(bed, blocks * 4096);
      const session = fine(bed.open({ writer: roomy }));
      const run = fine(session.begin("repair"));
      const { done, trouble } = run.apply(actions(bed), () => false);
      run.finish();
      session.close();
      kinds.add(trouble?.kind ?? "done");
      if (trouble?.kind !== "left") expect(outline(bed.dump()), `${blocks} blocks`).toEqual(after[done]);
      undoAll(bed);
      expect(bed.dump(), `${blocks} blocks`).toEqual(before);
    }
    expect([...kinds].sort()).toEqual(["done", "no-space"]);
  });
});
