/**
 * Directories that are copied up, one in the other, with their index entries, as one action: interrupted anywhere, or without
 * room, none of them is there afterwards; nor is it once they are undone.
 */
import { lstatSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Trouble } from "../../src/lib/apply/index.js";
import { decodeHandle, encodeHandle } from "../../src/lib/format/fileHandle.js";
import { writer } from "../../src/lib/host/system-writer.js";
import type { Writer } from "../../src/lib/host/writer.js";
import type { Action, Step } from "../../src/lib/plan/types.js";
import { needsRoot } from "../support/root.js";
import { sys } from "../support/sys.js";
import { faultyWriter } from "../support/writer-faults.js";
import { at, fine, Planner, PREFIX } from "./bed.js";
import { everyEnd, Mortal } from "./mortal.js";
import { StagedBed } from "./staged-bed.js";

const UUID = Buffer.alloc(16, 5);
const LIKE = {
  mode: 0o042755,
  uid: 12,
  gid: 34,
  atimeNs: -1n,
  mtimeNs: 981_173_106_789_000_000n,
  xattrs: [["user.note", Buffer.from("of lower")]],
} as const;

needsRoot("directories that are copied up", () => {
  let bed: StagedBed;
  let before: string[];
  beforeEach(() => {
    bed = StagedBed.create();
    // The folder of journals is there from the second run on.
    bed.repair(plan());
    bed.takeBack();
    before = bed.dump();
  });
  afterEach(() => bed.dispose());

  const plan = (): Action[] => {
    const p = new Planner(bed);
    const as = encodeHandle({ type: 1, uuid: UUID, fid: Buffer.alloc(8), upper: true });
    const copied = (path: string): Step[] => {
      const place = at("upper", path);
      const xattrs = [["origin", Buffer.from(`of ${path}`)]] as const;
      const entry = at("work", `index/00fb${path.replaceAll("/", "-")}`);
      return [
        p.make(place, { kind: "directory", mode: LIKE.mode & 0o7777, xattrs, like: LIKE }),
        p.make(entry, { kind: "directory", mode: 0, xattrs: [["upper", { handleOf: place, as }]] }),
      ];
    };
    return [
      p.action("set-impure", p.xattr(at("upper", "dir"), "impure", "y")),
      p.action(
        "add-whiteout",
        p.xattr(at("upper", ""), "impure", "y"),
        ...copied("new"),
        ...copied("new/er"),
        p.make(at("upper", "new/er/w"), { kind: "whiteout" }),
      ),
    ];
  };
  const expectCopied = (): void => {
    for (const path of ["new", "new/er"]) {
      const own = bed.path(at("upper", path));
      const { mode, uid, gid, atimeNs, mtimeNs } = lstatSync(own, { bigint: true });
      const { xattrs, ...like } = LIKE;
      expect({ mode: Number(mode), uid: Number(uid), gid: Number(gid), atimeNs, mtimeNs }).toEqual(like);
      for (const [name, value] of xattrs) expect(sys.getxattr(own, Buffer.from(name))).toEqual(value);
      const entry = bed.path(at("work", `index/00fb${path.replaceAll("/", "-")}`));
      const upper = sys.getxattr(entry, Buffer.from(`${PREFIX}upper`));
      const handle = sys.nameToHandle(own);
      if (typeof upper === "number" || typeof handle === "number") throw new Error("no handle");
      const type = handle.readUInt32LE(0);
      expect(decodeHandle(upper)).toMatchObject({
        kind: "valid",
        handle: { type, uuid: UUID, fid: handle.subarray(4), upper: true },
      });
    }
    expect(readdirSync(bed.path(at("upper", "new/er")))).toEqual(["w"]);
  };

  it("are as they shall be, with handles in their entries, and gone when undone", () => {
    const id = bed.repair(plan());
    expectCopied();
    fine(bed.undo(id));
    expect(bed.dump()).toEqual(before);
  });

  it("are all gone, wherever the process ended, of the run or of its undo", () => {
    const whole = new Mortal();
    whole.live((host) => bed.repair(plan(), host));
    const complete = bed.dump();
    bed.takeBack();
    for (const end of everyEnd(whole.calls)) {
      const when = JSON.stringify(end);
      expect(
        new Mortal(end).live((host) => bed.repair(plan(), host)),
        when,
      ).toBe(false);
      const { kind } = fine(bed.recover());
      if (kind === "rolled-back") expect(bed.dump(), when).toEqual(before);
      if (kind === "finished") expectCopied();
      bed.takeBack();
      expect(bed.dump(), when).toEqual(before);
    }
    const id = bed.repair(plan());
    expect(bed.dump()).toHaveLength(complete.length);
    const undo = (one: string) => (host: { writer: Writer }) =>
      void bed.during((session) => fine(session.undo(one, { dryRun: false })), host);
    const undoing = new Mortal();
    undoing.live(undo(id));
    for (const end of everyEnd(undoing.calls)) {
      new Mortal(end).live(undo(bed.repair(plan())));
      bed.takeBack();
      expect(bed.dump(), `undo, ${JSON.stringify(end)}`).toEqual(before);
    }
  });

  it.each([
    ["ENOSPC", -28],
    ["EIO", -5],
    ["EOPNOTSUPP", -95],
  ] as const)("%s, wherever it comes: all are there, or none", (name, errno) => {
    const whole = new Mortal();
    whole.live((host) => bed.repair(plan(), host));
    bed.takeBack();
    const done = new Set<number>();
    for (let call = 1; call <= whole.calls; call++) {
      const when = `call ${call}`;
      const session = bed.open({ writer: faultyWriter(writer, { call, errno }) });
      if (session instanceof Trouble) continue;
      const run = session.begin("repair");
      if (!(run instanceof Trouble)) {
        const { done: count, trouble } = run.apply(plan(), () => false);
        if (trouble !== null) expect(trouble.message, when).toContain(name);
        if (count === 2) expectCopied();
        else if (trouble?.kind !== "left") expect(readdirSync(bed.upper), when).not.toContain("new");
        done.add(count);
        run.finish();
      }
      session.close();
      bed.takeBack();
      expect(bed.dump(), when).toEqual(before);
    }
    expect([...done].sort()).toEqual([0, 1, 2]);
  });

  it("that somebody puts another one in the place of: no entry leads there", () => {
    let isSwapped = false;
    const swapping: Writer = {
      ...writer,
      // When the first of them is there, and its parent's times are put back.
      setTimes: (...args) => {
        const own = bed.path(at("upper", "new"));
        if (!isSwapped && readdirSync(bed.upper).includes("new")) {
          isSwapped = true;
          renameSync(own, bed.path(at("upper", "aside")));
          mkdirSync(own);
          writeFileSync(`${own}/precious`, "");
        }
        return writer.setTimes(...args);
      },
    };
    expect(bed.tryOut(plan(), undefined, { writer: swapping })).toEqual({ done: 1, kind: "changed" });
    expect(isSwapped).toBe(true);
    expect(readdirSync(bed.path(at("work", "index")))).not.toContain("00fbnew");
  });
});
