/**
 * Data that is copied into a file which had none: interrupted anywhere, in the middle of a file, too, or without room, the
 * file is one hole again, with the looks that it had; and so it is once it is undone.
 */
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { Trouble } from "../../src/lib/apply/index.js";
import { native } from "../../src/lib/host/addon.js";
import { writer } from "../../src/lib/host/system-writer.js";
import type { Writer } from "../../src/lib/host/writer.js";
import { needsRoot } from "../support/root.js";
import { must, sys } from "../support/sys.js";
import { under } from "../support/tree.js";
import { faultyWriter } from "../support/writer-faults.js";
import { at, type Bed, fine } from "./bed.js";
import {
  CAPABILITY,
  contentOf,
  copies,
  FILES,
  hollow,
  KIB,
  LONG_AGO,
  MIB,
  SIZE,
  slowed,
  state,
} from "./hollow.js";
import { everyEnd, Mortal } from "./mortal.js";
import { kindOf, StagedBed } from "./staged-bed.js";

/** As many as are done are so in their order: copies first. */
function expectDone(bed: Bed, done: number, when: string): void {
  FILES.forEach((name, i) => {
    const [own, below] = [contentOf(bed, "upper", name), contentOf(bed, "lower", name)];
    expect(own.data, `${name}, ${when}`).toBe(done > i ? below.data : 0);
    expect([own.mode, own.capability], when).toEqual([0o104755, CAPABILITY]);
    expect(own.mtimeNs, when).toBe(BigInt(LONG_AGO.getTime()) * 1_000_000n);
    if (own.data > 0) expect(sameAsBelow(bed, name), when).toBe(true);
  });
}

function sameAsBelow(bed: Bed, name: string): boolean | number {
  const roots = (["upper", "lower"] as const).map((layer) => openSync(bed.path(at(layer, "")), "r"));
  const path = Buffer.from(name);
  const same = native.sameData(roots[0] as number, path, roots[1] as number, path);
  for (const root of roots) closeSync(root);
  return same;
}

const slow = slowed(writer);

needsRoot("data that is copied", () => {
  let bed: StagedBed;
  afterEach(() => bed.dispose());

  function begin(fs: "ext4" | "xfs" | "btrfs" = "ext4"): string[] {
    bed = StagedBed.create(fs);
    hollow(bed);
    // The folder of journals is there from the second run on.
    bed.repair(copies(bed));
    bed.takeBack();
    return state(bed);
  }

  it.each(["ext4", "xfs", "btrfs"] as const)(
    "is there, with its holes and no others, and gone when undone, on %s",
    (fs) => {
      const before = begin(fs);
      bed.repair(copies(bed));
      expectDone(bed, 6, "whole");
      expect(bed.dump().join("\n")).not.toContain("metacopy");
      bed.takeBack();
      expect(state(bed)).toEqual(before);
    },
  );

  it("is all gone, wherever the process ended", () => {
    const before = begin();
    const life = (host: { writer: Writer }) => bed.repair(copies(bed), host);
    const whole = new Mortal();
    whole.live(life);
    bed.takeBack();
    const kinds = new Set<string>();
    for (const end of everyEnd(whole.calls)) {
      const when = JSON.stringify(end);
      expect(new Mortal(end).live(life), when).toBe(false);
      const { kind } = fine(bed.recover());
      kinds.add(kind);
      if (kind === "finished") expectDone(bed, 6, when);
      bed.takeBack();
      expect(state(bed), when).toEqual(before);
    }
    expect([...kinds].sort()).toEqual(["finished", "none", "rolled-back"]);
  });

  it("is all gone where it was half there, and where its undo was interrupted, too", () => {
    const before = begin();
    for (const piece of [1, 2, 5, 7]) {
      let calls = 0;
      const dies: Writer = {
        ...slow,
        copyData: (...args) => {
          if (++calls > piece) throw new Error("gone");
          return slow.copyData(...args);
        },
      };
      expect(() => bed.repair(copies(bed), { writer: dies })).toThrow("gone");
      expect(contentOf(bed, "upper", "one").data).toBeGreaterThan(0);
      expect(contentOf(bed, "upper", "one").capability).toEqual(piece > 5 ? CAPABILITY : null);
      expect(fine(bed.recover())).toMatchObject({ kind: "rolled-back" });
      expect(state(bed)).toEqual(before);
    }
    const id = bed.repair(copies(bed));
    const whole = new Mortal();
    const undo = ({ writer: mine }: { writer: Writer }) =>
      bed.during((session) => fine(session.undo(id, { dryRun: false })), { writer: mine });
    whole.live(undo);
    for (const end of everyEnd(whole.calls)) {
      fine(bed.recover());
      const again = bed.repair(copies(bed));
      new Mortal(end).live(({ writer: mine }) => {
        bed.during((session) => fine(session.undo(again, { dryRun: false })), { writer: mine });
      });
      bed.takeBack();
      expect(state(bed), JSON.stringify(end)).toEqual(before);
    }
  });

  it.each([
    ["ENOSPC", -28, "no-space"],
    ["EIO", -5, "io"],
  ] as const)("%s: what was copied whole stays, and nothing of the rest", (name, errno, kind) => {
    const before = begin();
    const whole = new Mortal();
    whole.live((host) => bed.repair(copies(bed), { writer: slowed(host.writer) }));
    bed.takeBack();
    const all = new Set<number>();
    for (let call = 1; call <= whole.calls; call++) {
      const when = `call ${call}`;
      const plan = copies(bed);
      const session = bed.open({ writer: faultyWriter(slow, { call, errno }) });
      if (session instanceof Trouble) continue;
      const run = session.begin("repair");
      if (!(run instanceof Trouble)) {
        const { done, trouble } = run.apply(plan, () => false);
        if (trouble !== null) expect(trouble.message, when).toContain(name);
        if (trouble !== null && trouble.kind !== "left") expect(trouble.kind, when).toBe(kind);
        if (trouble?.kind !== "left") expectDone(bed, done, when);
        all.add(done);
        run.finish();
      }
      session.close();
      bed.takeBack();
      expect(state(bed), when).toEqual(before);
    }
    expect(all.has(1) && all.has(2) && all.has(6)).toBe(true);
  });

  it("that finds the disk full is told before, or is taken back", () => {
    bed = StagedBed.create("ext4", 8 * MIB);
    hollow(bed);
    const before = state(bed);
    const ballast = under(bed.root, "ballast");
    const leave = (bytes: number): void => {
      rmSync(ballast, { force: true });
      const fd = openSync(ballast, "w");
      let size = 0;
      try {
        for (;;) size += writeSync(fd, Buffer.alloc(4096, "x"));
      } catch {
        ftruncateSync(fd, Math.max(size - bytes, 0));
      }
      must(sys.syncfs(fd), "syncfs");
      closeSync(fd);
    };
    leave(MIB - 64 * KIB);
    const { bfree, bsize } = statfsSync(bed.root);
    // Enough for all but the data.
    expect(bfree * bsize).toBeGreaterThan(MIB + 32 * KIB);
    const tell = (mine: Writer) =>
      bed.during(
        (session) => {
          const run = fine(session.begin("repair"));
          const applied = run.apply(copies(bed), () => false);
          expect(run.finish()).toBeNull();
          return applied;
        },
        { writer: mine },
      );
    const told = tell(writer);
    expect({ done: told.done, kind: told.trouble?.kind }).toEqual({ done: 0, kind: "no-space" });
    expect(bed.journals()).toEqual([]);
    expect(state(bed)).toEqual(before);
    const done = new Set<number>();
    for (const left of [40, 80, 120, 200, 400]) {
      leave(left * KIB);
      const applied = tell({ ...writer, space: () => ({ bytes: 1e9, inodes: null }) });
      if (applied.trouble?.kind === "no-space") expectDone(bed, applied.done, `${left} KiB`);
      done.add(applied.done);
      bed.takeBack();
      expect(state(bed), `${left} KiB`).toEqual(before);
    }
    expect(done.has(0) && done.has(6) && [1, 2].some((n) => done.has(n))).toBe(true);
  });

  it("stops in the middle of a file on demand, and nothing of that file stays", () => {
    const before = begin();
    bed.during(
      (session) => {
        const run = fine(session.begin("repair"));
        let asked = 0;
        const { done, trouble } = run.apply(copies(bed), () => ++asked > 8);
        expect({ done, kind: trouble?.kind }).toEqual({ done: 1, kind: "stopped" });
        expect(run.finish()).toBeNull();
      },
      { writer: slow },
    );
    expectDone(bed, 1, "stopped");
    bed.takeBack();
    expect(state(bed)).toEqual(before);
  });

  it("stops before the next file where the overlay was mounted meanwhile, though it is no more", () => {
    begin();
    let asks = 0;
    const outcome = bed.tryOut(copies(bed), () => {
      if (++asks === 2) {
        bed.mount();
        bed.umount();
      }
      return false;
    });
    expect(outcome).toEqual({ done: 2, kind: "in-use" });
    expectDone(bed, 2, "mounted");
  });

  it("stops in the middle of a file under a mount, and touches that file no more", () => {
    begin();
    let asks = 0;
    bed.during(
      (session) => {
        const run = fine(session.begin("repair"));
        const { done, trouble } = run.apply(copies(bed), () => {
          if (++asks === 8) bed.mount();
          return false;
        });
        expect({ done, kind: trouble?.kind }).toEqual({ done: 1, kind: "in-use" });
        expect(trouble?.message).toContain("upper:two is copied in part");
        const half = contentOf(bed, "upper", "two");
        expect(half.data).toBeGreaterThan(0);
        expect(run.finish()).toMatchObject({ kind: "left" });
        expect(contentOf(bed, "upper", "two")).toEqual(half);
      },
      { writer: slow },
    );
    bed.umount();
    expect(fine(bed.recover())).toMatchObject({
      kind: "left",
      why: expect.stringContaining("mounted since"),
    });
  });

  it("is not copied where it could not be taken back", () => {
    const before = begin();
    const holeless: Writer = { ...writer, empty: () => -95 };
    bed.during(
      (session) => {
        const run = fine(session.begin("repair"));
        const { done, trouble } = run.apply(copies(bed), () => false);
        expect({ done, kind: trouble?.kind }).toEqual({ done: 0, kind: "unsupported" });
        expect(run.finish()).toBeNull();
      },
      { writer: holeless },
    );
    expect(bed.journals()).toEqual(["0001-repair.undone"]);
    expect(state(bed)).toEqual(before);
  });

  describe("and was changed by somebody else", () => {
    it("before: is not touched", () => {
      begin();
      const plan = copies(bed);
      appendFileSync(bed.path(at("upper", "two")), "own");
      expect(bed.tryOut(plan)).toEqual({ done: 1, kind: "changed" });
      bed.takeBack();
      const again = copies(bed).slice(0, 3);
      appendFileSync(bed.path(at("lower", "one")), "more");
      expect(bed.tryOut(again)).toEqual({ done: 0, kind: "changed" });
    });

    it("with data of its own: is not filled", () => {
      begin();
      const own = openSync(bed.path(at("upper", "one")), "r+");
      writeSync(own, "own", 5000);
      closeSync(own);
      expect(bed.tryOut(copies(bed))).toEqual({ done: 0, kind: "changed" });
    });

    it("while another one was filled: keeps what it has now", () => {
      begin();
      let isWritten = false;
      const late: Writer = {
        ...writer,
        settle: (...args) => {
          if (!isWritten) {
            isWritten = true;
            const own = openSync(bed.path(at("upper", "two")), "r+");
            writeSync(own, "own", 5000);
            closeSync(own);
          }
          return writer.settle(...args);
        },
      };
      expect(bed.tryOut(copies(bed), undefined, { writer: late })).toEqual({ done: 1, kind: "changed" });
      expect(readFileSync(bed.path(at("upper", "two"))).toString("latin1", 5000, 5003)).toBe("own");
    });

    it("by putting another file in its place: writes to none but its own", () => {
      begin();
      const plan = copies(bed);
      const [mine, aside] = ["one", "aside"].map((name) => bed.path(at("upper", name))) as [Buffer, Buffer];
      let isSwapped = false;
      const swapping: Writer = {
        ...slow,
        empty: (...args) => {
          if (!isSwapped) {
            isSwapped = true;
            renameSync(mine, aside);
            writeFileSync(mine, Buffer.alloc(SIZE, "precious"));
          }
          return slow.empty(...args);
        },
      };
      expect(bed.tryOut(plan, undefined, { writer: swapping })).toEqual({ done: 0, kind: "changed" });
      expect(readFileSync(mine)).toEqual(Buffer.alloc(SIZE, "precious"));
    });

    it.each([
      ["where nothing was copied yet", 250 * KIB],
      ["in what was copied", 3],
      ["in a hole", 40 * KIB],
    ])("after a crash, %s: is not taken back, and says which", (_, place) => {
      begin();
      let calls = 0;
      const dies: Writer = {
        ...slow,
        copyData: (...args) => {
          if (++calls > 3) throw new Error("gone");
          return slow.copyData(...args);
        },
      };
      expect(() => bed.repair(copies(bed), { writer: dies })).toThrow("gone");
      const own = openSync(bed.path(at("upper", "one")), "r+");
      writeSync(own, "precious", place);
      closeSync(own);
      const before = readFileSync(bed.path(at("upper", "one")));
      expect(fine(bed.recover())).toMatchObject({
        kind: "left",
        changes: 0,
        why: expect.stringContaining("upper:one was changed by somebody else since"),
      });
      expect(readFileSync(bed.path(at("upper", "one")))).toEqual(before);
      expect(before.toString("latin1", place, place + 8)).toBe("precious");
    });

    it("since: is not undone", () => {
      begin();
      const id = bed.repair(copies(bed));
      const fd = openSync(bed.path(at("upper", "two")), "r+");
      writeSync(fd, "newer");
      closeSync(fd);
      expect(kindOf(bed.undo(id))).toBe("changed");
    });
  });
});
