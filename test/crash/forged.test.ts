/**
 * Journals that somebody else wrote, moved or took away. Whoever owns the work directory, and is not root, may do with
 * its names what they like at any time; a run that root begins then does to other files what root had it do, or nothing.
 */
import { chownSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Entry, encode, type Header } from "../../src/lib/apply/codec.js";
import { native } from "../../src/lib/host/addon.js";
import { writer } from "../../src/lib/host/system-writer.js";
import { needsRoot } from "../support/root.js";
import { hookedWriter } from "../support/writer-faults.js";
import { actions, at, fine, markSub, Planner } from "./bed.js";
import { Mortal } from "./mortal.js";
import { kindOf, StagedBed } from "./staged-bed.js";

needsRoot("a folder of journals", () => {
  let bed: StagedBed;
  let before: string[];

  beforeEach(() => {
    bed = StagedBed.create();
    writeFileSync(`${bed.lower}/low/secret`, "precious");
    linkSync(`${bed.lower}/low/secret`, `${bed.lower}/low/other`);
    before = bed.dump();
  });
  afterEach(() => bed.dispose());

  const home = () => `${bed.work}/ovl-index`;

  /** A journal by which a lower layer's file has a name that is to be taken back. */
  function forge(folder: string, change: Partial<Header> = {}): void {
    const seen = new Planner(bed).seen(at("work", "work"));
    const victim = at("lower[1]", "low/secret");
    const { upper, work, lower, prefix } = bed.target();
    const roots = [{ name: "upper", ...upper }, { name: "work", ...work }, ...lower];
    const opened = native.openLayer(bed.work);
    if (typeof opened === "number") throw new Error("no layer");
    const uuid = native.fsUuid(opened.fd);
    native.close(opened.fd);
    const header: Header = {
      tool: "0.1.0",
      command: "repair",
      started: "2026-11-23T12:00:00.000Z",
      prefix,
      uuid: Buffer.isBuffer(uuid) ? uuid.toString("hex") : null,
      layers: roots.map(({ name, path, ino }) => ({ name, path, ino })),
      stamp: seen,
      ...change,
    };
    const entries: Entry[] = [
      { kind: "header", header },
      { kind: "batch", first: 0 },
      {
        kind: "change",
        change: { op: "link", at: victim, from: at("lower[1]", "low/other"), ino: lstat(victim) },
      },
    ];
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(`${folder}/journal`, entries.map(encode).join(""), { mode: 0o600 });
  }
  const lstat = (place: ReturnType<typeof at>): number => new Planner(bed).seen(place).ino;

  it("does not make a lower layer one that is written", () => {
    forge(`${home()}/0001-repair.open`);
    const now = bed.dump();
    expect(bed.recover()).toMatchObject({
      kind: "unsupported",
      message: expect.stringMatching(/lower\[1\].*--write-lower/),
    });
    expect(bed.dump()).toEqual(now);
  });

  it.each([
    ["no layers", { layers: [] }],
    ["another filesystem", { uuid: "00" }],
  ] as const)("is not followed where its header names %s", (_, change) => {
    forge(`${home()}/0001-repair.open`, change);
    const now = bed.dump();
    expect(bed.recover(["lower[1]"])).toMatchObject({ kind: "left", changes: 0 });
    expect(bed.dump()).toEqual(now);
  });

  it("is the one that was looked at, whatever has its name since", () => {
    bed.repair(markSub(bed));
    const done = bed.dump();
    const evil = `${bed.work}/evil`;
    forge(`${evil}/0002-repair.open`);
    let swapped = false;
    const racing = hookedWriter(writer, (_, method, phase) => {
      if (swapped || method !== "openOwned" || phase !== "after") return;
      swapped = true;
      renameSync(home(), `${bed.work}/true`);
      renameSync(evil, home());
    });
    bed.during(
      (session) => {
        expect(session.recover()).toEqual({ kind: "none" });
        expect(swapped).toBe(true);
        expect(fine(session.journals()).map(({ id }) => id)).toEqual(["0001-repair"]);
      },
      { writer: racing },
      ["lower[1]"],
    );
    rmSync(home(), { recursive: true });
    renameSync(`${bed.work}/true`, home());
    expect(bed.dump().filter((line) => line.startsWith("lower"))).toEqual(
      done.filter((line) => line.startsWith("lower")),
    );
  });

  it("has nothing of others in it", () => {
    const file = `${home()}/0001-repair/journal`;
    bed.repair();
    const done = bed.dump();
    chownSync(file, 1000, 0);
    expect(kindOf(bed.undo("0001-repair"))).toBe("bad-journal");
    chownSync(file, 0, 0);
    linkSync(file, `${bed.root}/other-name`);
    expect(kindOf(bed.undo("0001-repair"))).toBe("bad-journal");
    rmSync(`${bed.root}/other-name`);
    chownSync(`${home()}/0001-repair`, 1000, 0);
    expect(kindOf(bed.undo("0001-repair"))).toBe("bad-journal");
    expect(bed.dump()).toEqual(done);
    chownSync(`${home()}/0001-repair`, 0, 0);
    fine(bed.undo("0001-repair"));
    expect(bed.dump()).toEqual(before);
  });

  it("that lacks a later run gives none before it back", () => {
    bed.repair();
    bed.repair(markSub(bed));
    const done = bed.dump();
    rmSync(`${home()}/0002-repair`, { recursive: true });
    expect(bed.undo("0001-repair")).toMatchObject({
      kind: "no-journal",
      message: expect.stringContaining("0002"),
    });
    expect(bed.dump()).toEqual(done);
    const p = new Planner(bed);
    expect(bed.repair([p.action("set-impure", p.xattr(at("upper", "dir/sub"), "impure", null))])).toBe(
      "0003-repair",
    );
  });

  it("knows no run that did nothing", () => {
    bed.repair();
    new Mortal({ call: 12, phase: "after" }).live((host) => bed.repair(markSub(bed), host));
    expect(readdirSync(home())).toContain("last-0002");
    expect(bed.recover()).toMatchObject({ kind: "rolled-back", changes: 0 });
    expect(readdirSync(home())).toEqual(["0001-repair", "last-0001"]);
    fine(bed.undo("0001-repair"));
    expect(bed.dump()).toEqual(before);
  });

  it("does not take along what somebody put into a directory that the run made", () => {
    bed.repair();
    writeFileSync(bed.path(at("work", "index/theirs")), "");
    const now = bed.dump();
    expect(bed.undo("0001-repair")).toMatchObject({ kind: "changed" });
    expect(bed.dump()).toEqual(now);
  });

  it.each([
    ["a number that is too large", ["1000000000000000-repair"]],
    ["a number twice", ["0001-repair", "0001-repair.undone"]],
    ["the last number", ["999999999999999-repair"]],
  ])("with %s is refused as a whole", (_, names) => {
    for (const name of names) mkdirSync(`${home()}/${name}`, { recursive: true });
    expect(bed.during((session) => kindOf(session.begin("repair")))).toBe("bad-journal");
    expect(readdirSync(home())).toEqual([...names]);
  });

  it("does not begin with an inode number that no journal can hold", () => {
    const [one] = markSub(bed);
    if (one === undefined) throw new Error("no plan");
    const [step] = one.steps;
    if (step?.op !== "xattr") throw new Error("no step");
    const large = { ...one, steps: [{ ...step, seen: { ...step.seen, ino: 2 ** 60 } }] };
    bed.during((session) => {
      const run = fine(session.begin("repair"));
      expect(run.apply([large], () => false)).toMatchObject({
        done: 0,
        trouble: { kind: "unsupported", message: expect.stringMatching(/^upper:dir\/sub: .*2\^53/) },
      });
      expect(run.finish()).toBeNull();
    });
    expect(readdirSync(bed.work)).not.toContain("ovl-index");
  });

  it("tells an interrupted undo from an interrupted run", () => {
    bed.repair();
    new Mortal({ call: 20, phase: "after" }).live((host) =>
      bed.during((session) => fine(session.undo("0001-repair", { dryRun: false })), host),
    );
    expect(bed.journals()).toEqual(["0001-repair.undoing"]);
    expect(bed.recover()).toMatchObject({ kind: "finished", undoing: true });
    new Mortal({ call: 40, phase: "after" }).live((host) => bed.repair(actions(bed), host));
    expect(bed.recover()).toMatchObject({ kind: "rolled-back", undoing: false });
    expect(bed.dump()).toEqual(before);
  });
});
