/** What a session refuses, and that it then touches nothing; hostile layers among it. */
import {
  appendFileSync,
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSession, Trouble } from "../../src/lib/apply/index.js";
import { native } from "../../src/lib/host/addon.js";
import { files } from "../../src/lib/host/files.js";
import { writer } from "../../src/lib/host/system-writer.js";
import type { Action, Place, Step } from "../../src/lib/plan/types.js";
import { dump } from "../support/dump.js";
import { Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";
import { MS_RDONLY, MS_REMOUNT, must, sys } from "../support/sys.js";
import { makeWhiteout, under } from "../support/tree.js";
import { actions, at, Bed, carryOut, fill, fine, outline, Planner, xattr } from "./bed.js";
import { Mortal } from "./mortal.js";

needsRoot("a session", () => {
  let stage: Stage;
  let bed: Bed;
  let before: string[];

  beforeEach(() => {
    stage = Stage.create("ext4");
    stage.mountDisks();
    bed = new Bed(stage.path(0, ""));
    fill(bed);
    before = bed.dump();
  });
  afterEach(() => stage.dispose());

  const kindOf = (value: unknown): string | null => (value instanceof Trouble ? value.kind : null);
  /** An overlay of these directories; the kernel makes work/work anew. */
  const mount = (): void => {
    must(
      stage.overlay({ lower: [bed.lower], upper: bed.upper, work: bed.work, options: [["index", "off"]] }),
      "mount",
    );
  };
  /** An overlay of paths that count from `directory`, which its mount point is not below. */
  const mountFrom = (directory: Buffer, options: string): { umount: () => void } => {
    const before = process.cwd();
    process.chdir(directory.toString());
    try {
      const overlay = Buffer.from("overlay");
      must(sys.mount(overlay, stage.mnt, overlay, 0, Buffer.from(options)), "mount");
    } finally {
      process.chdir(before);
    }
    return { umount: () => void sys.umount(stage.mnt, 0) };
  };
  /** Apply, finish and close: what came of it. */
  function tryOut(plan: readonly Action[], asked = () => false): { done: number; kind: string | null } {
    const session = fine(bed.open());
    const run = fine(session.begin("repair"));
    const { done, trouble } = run.apply(plan, asked);
    expect(run.finish()).toBeNull();
    session.close();
    return { done, kind: trouble?.kind ?? null };
  }

  it("is alone", () => {
    const session = fine(bed.open());
    const second = bed.open();
    expect(second).toMatchObject({ kind: "locked", message: expect.stringContaining("another ovl-index") });
    session.close();
    fine(bed.open()).close();
  });

  it("is alone on its upper, with whichever work directory", () => {
    const session = fine(bed.open());
    const other = under(bed.root, "work2");
    mkdirSync(other);
    const second = openSession(
      { writer, native, files },
      { ...bed.target(), work: bed.rootOf(other) },
      { lower: [] },
    );
    expect(second).toMatchObject({ kind: "locked", message: expect.stringContaining("upper") });
    session.close();
  });

  it("does not begin while upper is a lower layer of a mounted overlay", () => {
    const other = under(bed.root, "other");
    mkdirSync(other);
    must(stage.overlay({ lower: [bed.upper, other], options: [] }), "mount");
    expect(bed.open()).toMatchObject({
      kind: "in-use",
      message: expect.stringMatching(/^upper is used by the overlay mounted at/),
    });
    stage.umountOverlay();
    fine(bed.open()).close();
    // As for a sandbox, whose lower layer is a whole filesystem.
    must(stage.overlay({ lower: [bed.root, Buffer.from("/usr")], options: [] }), "mount");
    fine(bed.open()).close();
  });

  it("notices a mount before its begin: it is opened before the plan is made", () => {
    const session = fine(bed.open());
    mount();
    stage.umountOverlay();
    const run = fine(session.begin("repair"));
    const p = new Planner(bed);
    const plan = [p.action("add-tombstone", p.make(at("work", "index/x"), { kind: "whiteout" }))];
    expect(run.apply(plan, () => false)).toMatchObject({ done: 0, trouble: { kind: "in-use" } });
    session.close();
  });

  it("notices a mount after the last of its changes", () => {
    const p = new Planner(bed);
    const plan = ["a", "b"].map((name) => p.action("set-nlink", p.xattr(at("upper", name), "nlink", "U-1")));
    let asks = 0;
    const outcome = tryOut(plan, () => {
      if (++asks === 2) mount();
      return false;
    });
    expect(outcome).toEqual({ done: 2, kind: "mounted" });
    stage.umountOverlay();
    const session = fine(bed.open());
    expect(session.undo("0001-repair", { dryRun: false })).toMatchObject({ kind: "mounted" });
    session.close();
  });

  it("takes no work/work of somebody else's for its own", () => {
    const p = new Planner(bed);
    mkdirSync(bed.path(at("work", "work/left")));
    const aside = p.action("keep-entry", p.keep(at("work", "work/left")));
    expect(tryOut([aside])).toEqual({ done: 1, kind: null });
    mkdirSync(bed.path(at("work", "work/left")));
    const again = p.action("keep-entry", p.keep(at("work", "work/left")));
    expect(
      tryOut([again], () => {
        // Another inode, as after a mount.
        renameSync(bed.path(at("work", "work")), under(bed.root, "was"));
        mkdirSync(bed.path(at("work", "work")));
        renameSync(under(bed.root, "was/left"), bed.path(at("work", "work/left")));
        return false;
      }),
    ).toEqual({ done: 1, kind: "mounted" });
  });

  it("does not begin on a mounted overlay, nor on a filesystem that is read-only", () => {
    mount();
    expect(bed.open()).toMatchObject({ kind: "in-use", message: expect.stringContaining("mnt") });
    stage.umountOverlay();
    const [disk] = stage.disks;
    const flags = MS_REMOUNT | MS_RDONLY;
    must(
      sys.mount(Buffer.from("x"), disk?.dir ?? bed.root, Buffer.from("ext4"), flags, Buffer.alloc(0)),
      "remount",
    );
    expect(kindOf(bed.open())).toBe("read-only");
  });

  it("notices another directory at a layer's path", () => {
    const target = bed.target();
    renameSync(bed.work, under(bed.root, "elsewhere"));
    mkdirSync(bed.work);
    const host = { writer: new Mortal().host.writer };
    const session = new (class extends Bed {
      override target() {
        return target;
      }
    })(bed.root).open(host);
    expect(kindOf(session)).toBe("changed");
  });

  it("notices a mount between its begin and the first change, be it over already", () => {
    for (const stays of [true, false]) {
      const session = fine(bed.open());
      const run = fine(session.begin("repair"));
      const plan = actions(bed);
      mount();
      if (!stays) stage.umountOverlay();
      const now = outline(bed.dump());
      expect(run.apply(plan, () => false)).toMatchObject({ done: 0, trouble: { kind: "in-use" } });
      expect(run.finish()).toBeNull();
      session.close();
      if (stays) stage.umountOverlay();
      expect(outline(bed.dump())).toEqual(now);
      expect(bed.journals()).toEqual([]);
    }
  });

  it("notices a mount between two batches; what it did cannot be undone then", () => {
    let asks = 0;
    const plan = actions(bed);
    const { done, kind } = tryOut(plan, () => {
      if (++asks === 3) mount();
      return false;
    });
    expect(kind).toBe("in-use");
    expect(done).toBeGreaterThan(2);
    expect(done).toBeLessThan(plan.length);
    stage.umountOverlay();
    const session = fine(bed.open());
    expect(session.undo("0001-repair", { dryRun: false })).toMatchObject({ kind: "mounted" });
    session.close();
  });

  it("stops on demand between two actions, and what was done can be undone", () => {
    let asks = 0;
    expect(tryOut(actions(bed), () => ++asks === 4)).toEqual({ done: 3, kind: "stopped" });
    const session = fine(bed.open());
    expect(fine(session.undo("0001-repair", { dryRun: false }))).toMatchObject({ actions: 3, undone: true });
    session.close();
    expect(bed.dump()).toEqual(before);
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
      { id: "0001-repair", actions: 14, steps: 22, problem: null },
    ]);
    fine(session.undo("0001-repair", { dryRun: false }));
    session.close();
    expect(bed.dump()).toEqual(before);
  });

  it("leaves nothing where nothing was to be done", () => {
    expect(tryOut([])).toEqual({ done: 0, kind: null });
    expect(tryOut(actions(bed), () => true)).toEqual({ done: 0, kind: "stopped" });
    expect(bed.journals()).toEqual([]);
    expect(bed.dump()).toEqual(before);
  });

  describe("does none of an action whose overlay is not as it was planned for:", () => {
    const cases: Record<string, (p: Planner) => Action> = {
      "another inode": (p) => {
        const step = p.keep(at("work", "index/stale"));
        renameSync(bed.path(at("upper", "b")), bed.path(at("work", "index/stale")));
        return p.action("keep-entry", p.xattr(at("upper", "dir"), "impure", "y"), step);
      },
      "changed after it was checked": (p) => {
        const step = p.xattr(at("upper", "b"), "nlink", "U-1");
        chmodSync(bed.path(at("upper", "b")), 0o600);
        return p.action("set-nlink", p.make(at("work", "index/x"), { kind: "whiteout" }), step);
      },
      "another value": (p) => {
        const step = p.xattr(at("upper", "b"), "origin", "new");
        xattr(bed, at("upper", "b"), "origin", Buffer.from("meanwhile"));
        const now = { ...step, seen: p.seen(at("upper", "b")) } as Step;
        return p.action("set-origin", p.xattr(at("upper", "a"), "origin", null), now);
      },
      "a name that is taken": (p) => {
        const step = p.make(at("work", "index/x"), { kind: "whiteout" });
        makeWhiteout(bed.path(at("work", "index/x")));
        return p.action("add-tombstone", p.xattr(at("upper", "a"), "origin", null), step);
      },
      "a link that is there": (p) => {
        const first = p.link(at("work", "index/x"), at("upper", "b"));
        return p.action("add-entry", first, p.link(at("work", "index/x"), at("upper", "b")));
      },
      gone: (p) => {
        const step = p.move(at("work", "index/00fbdir"), at("work", "index/y"));
        rmdirSync(bed.path(at("work", "index/00fbdir")));
        return p.action("rename-entry", p.keep(at("work", "index/dead")), step);
      },
    };
    it.each(Object.keys(cases))("%s", (name) => {
      const p = new Planner(bed);
      const bad = cases[name]?.(p);
      if (bad === undefined) throw new Error("no such case");
      const now = bed.dump();
      const good = p.action("set-impure", p.xattr(at("upper", "dir/sub"), "impure", "y"));
      const never = p.action("set-impure", p.xattr(at("upper", "old"), "impure", "y"));
      expect(tryOut([good, bad, never])).toEqual({ done: 1, kind: "changed" });
      const session = fine(bed.open());
      expect(fine(session.undo("0001-repair", { dryRun: false }))).toMatchObject({ actions: 1, steps: 1 });
      session.close();
      expect(bed.dump()).toEqual(now);
    });
  });

  describe("undo", () => {
    const undo = (id: string) => {
      const session = fine(bed.open());
      const result = session.undo(id, { dryRun: false });
      session.close();
      return result;
    };
    const more = (p = new Planner(bed)) => [
      p.action("set-impure", p.xattr(at("upper", "dir/sub"), "impure", "y")),
    ];
    const repair = (plan: readonly Action[]) => {
      const session = fine(bed.open());
      carryOut(session, plan);
      session.close();
    };

    it("takes runs back from the newest on", () => {
      repair(actions(bed));
      const between = bed.dump();
      repair(more());
      expect(undo("0001-repair")).toMatchObject({
        kind: "no-journal",
        message: expect.stringContaining("0002-repair"),
      });
      expect(kindOf(undo("0003-repair"))).toBe("no-journal");
      fine(undo("0002-repair"));
      expect(bed.dump()).toEqual(between);
      expect(kindOf(undo("0002-repair"))).toBe("no-journal");
      fine(undo("0001-repair"));
      expect(bed.dump()).toEqual(before);
      repair(more());
      expect(bed.journals()).toEqual(["0001-repair.undone", "0002-repair.undone", "0003-repair"]);
    });

    it("refuses after a mount, and after any change of what was done", () => {
      repair(actions(bed));
      xattr(bed, at("upper", "b"), "nlink", Buffer.from("U+7"));
      const changed = bed.dump();
      expect(undo("0001-repair")).toMatchObject({
        kind: "changed",
        message: expect.stringContaining("upper:b"),
      });
      xattr(bed, at("upper", "b"), "nlink", Buffer.from("U-1"));
      writeFileSync(bed.path(at("upper", "x")), "");
      mount();
      stage.umountOverlay();
      expect(undo("0001-repair")).toMatchObject({ kind: "mounted" });
      expect(changed.length).toBeGreaterThan(0);
    });

    it("leaves a directory the times of whoever changed it since", () => {
      repair(actions(bed));
      const theirs = bed.path(at("upper", "dir"));
      writeFileSync(under(theirs, "since"), "");
      const times = (place: Place): unknown => {
        const { atimeNs, mtimeNs } = lstatSync(bed.path(place), { bigint: true });
        return [atimeNs, mtimeNs];
      };
      const [since, old] = [times(at("upper", "dir")), times(at("upper", ""))];
      fine(undo("0001-repair"));
      expect(times(at("upper", "dir"))).toEqual(since);
      expect(times(at("upper", ""))).toEqual(old);
      expect(since).not.toEqual(old);
    });

    it("stops on demand, and recovery goes on with it", () => {
      repair(actions(bed));
      const done = bed.dump();
      for (const polls of [1, 5]) {
        let asks = 0;
        const session = fine(bed.open());
        const stopped = session.undo("0001-repair", { dryRun: false, asked: () => ++asks === polls });
        expect(stopped).toMatchObject({ kind: "stopped" });
        session.close();
        if (polls === 1) expect(bed.dump()).toEqual(done);
      }
      expect(bed.journals()).toEqual(["0001-repair.undoing"]);
      const session = fine(bed.open());
      expect(session.recover()).toMatchObject({ kind: "finished", journal: "0001-repair" });
      session.close();
      expect(bed.dump()).toEqual(before);
    });

    it("never takes the last name of an object away", () => {
      const p = new Planner(bed);
      repair([p.action("add-entry", p.link(at("work", "index/00fbb"), at("upper", "b")))]);
      rmSync(bed.path(at("upper", "b")));
      const now = bed.dump();
      expect(undo("0001-repair")).toMatchObject({ kind: "changed" });
      expect(bed.dump()).toEqual(now);
    });

    it("leaves a run that was interrupted before a mount as it is, and says so", () => {
      new Mortal({ call: 40, phase: "after" }).live((host) => {
        const session = fine(bed.open(host));
        carryOut(session, actions(bed));
      });
      mount();
      stage.umountOverlay();
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

    it("says why a run cannot be undone that is below one which was left", () => {
      repair(more());
      new Mortal({ call: 40, phase: "after" }).live((host) => carryOut(fine(bed.open(host)), actions(bed)));
      mount();
      stage.umountOverlay();
      const session = fine(bed.open());
      expect(session.recover()).toMatchObject({ kind: "left", journal: "0002-repair" });
      session.close();
      expect(undo("0001-repair")).toMatchObject({
        kind: "no-journal",
        message: expect.stringMatching(/0002-repair .* left as it was.*: 0001-repair cannot be undone/),
      });
      expect(undo("0002-repair")).toMatchObject({ message: expect.stringMatching(/left as it was/) });
    });
  });

  describe("a journal", () => {
    const file = () => `${bed.work}/ovl-index/0001-repair.open/journal`;
    const interrupt = (): void => {
      new Mortal({ call: 40, phase: "after" }).live((host) => {
        const session = fine(bed.open(host));
        carryOut(session, actions(bed));
      });
    };
    const recover = () => {
      const session = fine(bed.open());
      const recovery = session.recover();
      session.close();
      return recovery;
    };

    it("torn at its end is whole up to there", () => {
      interrupt();
      appendFileSync(file(), '0123abcd ["xattr","upp');
      expect(recover()).toMatchObject({ kind: "rolled-back" });
      expect(bed.dump()).toEqual(before);
    });

    it("torn in the middle, of the future, or no journal, is left alone", () => {
      interrupt();
      const whole = readFileSync(file(), "latin1");
      const now = bed.dump();
      writeFileSync(file(), whole.replace('["batch"', '["botch"'));
      expect(recover()).toMatchObject({ kind: "bad-journal", message: expect.stringContaining("line 2") });
      writeFileSync(file(), whole.replace("journal/1", "journal/2"));
      expect(recover()).toMatchObject({ kind: "future-journal" });
      truncateSync(file());
      expect(recover()).toMatchObject({ kind: "left" });
      expect(bed.dump()).toEqual(now);
    });
  });

  describe("with a hostile layer", () => {
    let victim: Buffer;
    let safe: string[];
    beforeEach(() => {
      victim = under(bed.root, "victim");
      mkdirSync(victim);
      mkdirSync(under(victim, "sub"));
      writeFileSync(under(victim, "sub/d"), "precious");
      mkdirSync(under(victim, "0007-repair.open"));
      safe = dump([victim], { times: true });
    });
    afterEach(() => expect(dump([victim], { times: true })).toEqual(safe));

    it("does not follow a symlink in place of the folder of journals", () => {
      symlinkSync(victim, under(bed.work, "ovl-index"));
      const session = fine(bed.open());
      for (const answer of [
        session.recover(),
        session.begin("repair"),
        session.journals(),
        session.undo("0007-repair", { dryRun: false }),
      ]) {
        expect(kindOf(answer)).toBe("bad-journal");
      }
      session.close();
    });

    it("does not follow a symlink in place of a run's folder", () => {
      mkdirSync(under(bed.work, "ovl-index"), 0o700);
      symlinkSync(under(victim, "0007-repair.open"), under(bed.work, "ovl-index/0007-repair.open"));
      const session = fine(bed.open());
      expect(kindOf(session.recover()) ?? fine(session.recover()).kind).not.toBe("rolled-back");
      session.close();
    });

    it("trusts no folder of journals that others can write, or own", () => {
      const home = under(bed.work, "ovl-index");
      const recovery = () => {
        const session = fine(bed.open());
        const found = session.recover();
        session.close();
        return found;
      };
      mkdirSync(home);
      expect(recovery()).toEqual({ kind: "none" });
      chmodSync(home, 0o777);
      expect(kindOf(recovery())).toBe("bad-journal");
      chmodSync(home, 0o700);
      chownSync(home, 1000, 0);
      expect(kindOf(recovery())).toBe("bad-journal");
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
        expect(tryOut([p.action("remove-mark", step)])).toEqual({ done: 0, kind: "changed" });
    });
  });

  describe("a lower layer", () => {
    const plan = () => {
      const p = new Planner(bed);
      return [p.action("remove-redirect", p.xattr(at("lower[1]", "low"), "redirect", "/x"))];
    };

    it("is written only where that was allowed, and undone too", () => {
      expect(tryOut(plan())).toEqual({ done: 0, kind: "unsupported" });
      expect(bed.dump()).toEqual(before);
      const session = fine(bed.open({}, ["lower[1]"]));
      const id = carryOut(session, plan());
      expect(outline(bed.dump())).toContain("lower/low redirect=/x");
      session.close();
      // What a journal says it wrote to is not written for that alone.
      const after = bed.dump();
      const closed = fine(bed.open());
      expect(closed.undo(id, { dryRun: false })).toMatchObject({
        kind: "unsupported",
        message: expect.stringMatching(/lower\[1\].*--write-lower/),
      });
      closed.close();
      expect(bed.dump()).toEqual(after);
      const later = fine(bed.open({}, ["lower[1]"]));
      fine(later.undo(id, { dryRun: false }));
      later.close();
      expect(bed.dump()).toEqual(before);
    });

    it("that a mount uses is not written", () => {
      const other = under(bed.root, "other");
      for (const name of ["", "/u", "/w"]) mkdirSync(Buffer.concat([other, Buffer.from(name)]));
      must(
        stage.overlay({ lower: [bed.lower], upper: under(other, "u"), work: under(other, "w"), options: [] }),
        "mount",
      );
      expect(bed.open({}, ["lower[1]"])).toMatchObject({
        kind: "in-use",
        message: expect.stringContaining("lower[1]"),
      });
      fine(bed.open()).close();
    });

    it("is not written while it is not known what some mounted overlay uses", () => {
      const other = under(bed.root, "other");
      for (const name of ["", "/l"]) mkdirSync(Buffer.concat([other, Buffer.from(name)]));
      symlinkSync(bed.lower, under(other, "link"));
      const { umount } = mountFrom(other, "lowerdir=link:l");
      try {
        expect(bed.open({}, ["lower[1]"])).toMatchObject({
          kind: "in-use",
          message: expect.stringMatching(/mnt may use lower\[1\]/),
        });
        fine(bed.open()).close();
      } finally {
        umount();
      }
      const blind = {
        ...files,
        list: (path: Buffer) => (path.toString() === "/proc" ? -13 : files.list(path)),
      };
      expect(bed.open({ files: blind }, ["lower[1]"])).toMatchObject({
        kind: "in-use",
        message: expect.stringContaining("cannot be read"),
      });
      fine(bed.open({}, ["lower[1]"])).close();
    });
  });
});
