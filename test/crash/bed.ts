/** An overlay's directories on a loop image, a plan that uses every kind of step, and sessions on them. */
import { lstatSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import {
  type ApplyHost,
  openSession,
  type Root,
  type Session,
  type Target,
  Trouble,
} from "../../src/lib/apply/index.js";
import { finding } from "../../src/lib/catalogue/index.js";
import { native } from "../../src/lib/host/addon.js";
import { files } from "../../src/lib/host/files.js";
import { writer } from "../../src/lib/host/system-writer.js";
import type { Action, ActionKind, Made, Place, Seen, Step } from "../../src/lib/plan/types.js";
import { dump } from "../support/dump.js";
import { must, sys } from "../support/sys.js";
import { makeWhiteout, under } from "../support/tree.js";

export const PREFIX = "trusted.overlay.";
const LONG_AGO = new Date("2001-02-03T04:05:06Z");

/** The three directories of an overlay; `root` is where their filesystem is mounted. */
export class Bed {
  readonly upper: Buffer;
  readonly work: Buffer;
  readonly lower: Buffer;

  constructor(readonly root: Buffer) {
    this.upper = under(root, "upper");
    this.work = under(root, "work");
    this.lower = under(root, "lower");
  }

  target(): Target {
    const { upper, work, lower } = this;
    return {
      upper: this.rootOf(upper),
      work: this.rootOf(work),
      lower: [{ name: "lower[1]", ...this.rootOf(lower) }],
      data: [],
      prefix: PREFIX,
      spec: { source: "test", lower: [lower], data: [], upper, work, options: {} },
    };
  }

  rootOf(path: Buffer): Root {
    const { dev, ino } = lstatSync(path);
    return { path, dev, ino };
  }

  path({ layer, path }: Place): Buffer {
    const root = layer === "upper" ? this.upper : layer === "work" ? this.work : this.lower;
    return path.length === 0 ? root : under(root, path);
  }

  dump(): string[] {
    return dump([this.upper, this.work, this.lower], { times: true });
  }

  /** Names of runs' folders; none where there is no folder of journals. */
  journals(): string[] {
    const names = readdirSync(this.work).includes("ovl-index") ? readdirSync(`${this.work}/ovl-index`) : [];
    return names.filter((name) => !name.startsWith("last-")).sort();
  }

  open(host: Partial<ApplyHost> = {}, lower: readonly string[] = []): Session | Trouble {
    return openSession({ writer, native, files, ...host }, this.target(), { lower });
  }
}

/** No trouble. */
export function fine<T>(value: T | Trouble): T {
  if (value instanceof Trouble) throw new Error(`${value.kind}: ${value.message}`);
  return value;
}

export const at = (layer: string, path: string | Buffer): Place => ({ layer, path: Buffer.from(path) });

/** Make the layers: files with several names, directories with old times, an index with entries. */
export function fill(bed: Bed, more = 0): void {
  for (const path of [bed.upper, bed.work, bed.lower]) mkdirSync(path);
  const dirs = [
    at("work", "work"),
    at("work", "index"),
    at("upper", "dir"),
    at("upper", "dir/sub"),
    at("upper", "old"),
    at("lower", "low"),
  ];
  for (const dir of dirs) mkdirSync(bed.path(dir));
  for (const name of ["a", "b", "dir/c", "dir/sub/d", "old/e"]) {
    writeFileSync(bed.path(at("upper", name)), `content of ${name}\n`);
    xattr(bed, at("upper", name), "origin", Buffer.from(`of ${name}`));
  }
  writeFileSync(bed.path(at("upper", Buffer.from('dir/b\xff\n"\\', "latin1"))), "odd");
  symlinkSync("nowhere", bed.path(at("upper", "link")));
  for (let i = 0; i < more; i++) writeFileSync(bed.path(at("upper", `dir/sub/more${i}`)), "");
  writeFileSync(bed.path(at("work", "index/stale")), "kept data");
  makeWhiteout(bed.path(at("work", "index/dead")));
  mkdirSync(bed.path(at("work", "index/00fbdir")), 0o000);
  xattr(bed, at("work", "index/00fbdir"), "upper", Buffer.from("somewhere"));
  for (const dir of [at("upper", ""), at("lower", ""), at("work", ""), ...dirs]) {
    utimesSync(bed.path(dir), LONG_AGO, LONG_AGO);
  }
}

export function xattr(bed: Bed, place: Place, name: string, value: Buffer): void {
  must(sys.setxattr(bed.path(place), Buffer.from(PREFIX + name), value, 0), `setxattr ${name}`);
}

/** Steps as a planner would write them, from what stands on the disk now. */
export class Planner {
  constructor(private readonly bed: Bed) {}

  seen(place: Place): Seen {
    const { ino, ctimeNs } = lstatSync(this.bed.path(place), { bigint: true });
    return { ino: Number(ino), ctimeNs };
  }

  xattr(place: Place, name: string, value: string | null): Step {
    const old = sys.getxattr(this.bed.path(place), Buffer.from(PREFIX + name));
    return {
      op: "xattr",
      at: place,
      seen: this.seen(place),
      name,
      old: typeof old === "number" ? null : old,
      value: value === null ? null : Buffer.from(value),
    };
  }

  link = (place: Place, from: Place): Step => ({ op: "link", at: place, from, seen: this.seen(from) });
  unlink = (place: Place, other: Place, seen = this.seen(other)): Step => ({
    op: "unlink",
    at: place,
    other,
    seen,
  });
  move = (place: Place, to: Place): Step => ({ op: "move", at: place, to, seen: this.seen(place) });
  keep = (place: Place): Step => ({ op: "keep", at: place, seen: this.seen(place) });
  make = (place: Place, what: Made): Step => ({ op: "make", at: place, what });

  action(kind: ActionKind, ...steps: Step[]): Action {
    const target = (steps[0] as Step).at;
    return {
      action: kind,
      target,
      because: finding("xattr-unreadable", {
        layer: target.layer,
        path: target.path,
        evidence: { name: "origin", errno: "EIO" },
      }),
      evidence: "test",
      safety: "auto",
      loses: null,
      steps,
    };
  }
}

/** Every kind of step, alone and with others in one action; some that depend on what earlier ones did. */
export function actions(bed: Bed): Action[] {
  const p = new Planner(bed);
  const odd = at("upper", Buffer.from('dir/b\xff\n"\\', "latin1"));
  const directory = { kind: "directory", mode: 0, xattrs: [["upper", Buffer.from("handle")]] } as const;
  return [
    p.action(
      "set-origin",
      p.xattr(at("upper", ""), "origin", "root"),
      p.xattr(at("upper", "dir"), "impure", "y"),
    ),
    p.action("remove-mark", p.xattr(at("upper", "a"), "origin", null)),
    p.action(
      "add-entry",
      p.xattr(at("upper", "b"), "nlink", "U-1"),
      p.link(at("work", "index/00fbb"), at("upper", "b")),
      p.link(at("work", "index/00fbb2"), at("upper", "b")),
    ),
    p.action("keep-entry", p.keep(at("work", "index/stale"))),
    // In the name of what was kept.
    p.action(
      "replace-entry",
      p.keep(at("work", "index/dead")),
      p.make(at("work", "index/dead"), { kind: "whiteout" }),
    ),
    p.action("add-tombstone", p.make(at("work", "index/00fbt"), { kind: "whiteout" })),
    p.action("rename-entry", p.move(at("work", "index/00fbdir"), at("work", "index/00fbDIR"))),
    p.action("add-entry", p.make(at("work", "index/00fbnew"), directory)),
    // A directory that moves, what is in it at its new path, and a name that the run itself made.
    p.action("set-redirect", p.move(at("upper", "old"), at("upper", "dir/new"))),
    p.action(
      "remove-entry",
      { ...p.xattr(at("upper", "old/e"), "nlink", "L+1"), at: at("upper", "dir/new/e") },
      p.unlink(at("work", "index/00fbb2"), at("upper", "b")),
    ),
    p.action("add-entry", p.link(at("work", "index/odd"), odd), p.xattr(odd, "origin", "x")),
    p.action(
      "keep-index",
      p.keep(at("work", "index")),
      p.make(at("work", "index"), directory),
      p.link(at("work", "index/00fba"), at("upper", "a")),
    ),
  ];
}

/** One small change that none of {@link actions} makes. */
export function markSub(bed: Bed): Action[] {
  const p = new Planner(bed);
  return [p.action("set-impure", p.xattr(at("upper", "dir/sub"), "impure", "y"))];
}

/** Carry a plan out to its end. */
export function carryOut(session: Session, plan: readonly Action[]): string {
  const run = fine(session.begin("repair"));
  const { done, trouble } = run.apply(plan, () => false);
  for (const problem of [trouble, run.finish()]) {
    if (problem !== null) throw new Error(`${problem.kind}: ${problem.message}`);
  }
  if (done !== plan.length) throw new Error(`${done} actions of ${plan.length} were done`);
  return run.id;
}

/** A dump's lines without what two runs that do the same do not have in common. */
export function withoutTimes(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/ [am]time=[0-9]+/g, ""));
}

/** Name, links and overlay xattrs: what is the same on every filesystem. */
export function outline(lines: readonly string[]): string[] {
  const xattr = /trusted\.overlay\.([a-z]+)=([0-9a-f]*)/g;
  return lines.map((line) => {
    const values = [...line.matchAll(xattr)].map(
      ([, name, hex]) => ` ${name}=${Buffer.from(hex ?? "", "hex")}`,
    );
    return line.replace(/ ino=.*/, "") + (/ nlink=[0-9]+/.exec(line)?.[0] ?? "") + values.sort().join("");
  });
}

/**
 * Without the times of the work directory itself, which nobody sees: they are another's between the making of the folder
 * of journals and the call that puts them back.
 */
export function withoutWorkTimes(lines: readonly string[]): string[] {
  return lines.flatMap((line) => (line.startsWith("work ") ? withoutTimes([line]) : [line]));
}
