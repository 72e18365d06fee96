/** A bed whose lower layer is on a filesystem of its own, with whiteouts in it that cannot be moved aside. */
import { lchownSync, linkSync, lstatSync, mkdirSync, utimesSync } from "node:fs";
import { expect } from "vitest";
import type { ApplyHost, Session, Trouble } from "../../src/lib/apply/index.js";
import { native } from "../../src/lib/host/addon.js";
import { files } from "../../src/lib/host/files.js";
import type { Likeness } from "../../src/lib/host/writer.js";
import type { Action, Place, Step } from "../../src/lib/plan/types.js";
import { Disk } from "../support/disk.js";
import { dump } from "../support/dump.js";
import { Stage } from "../support/mounts.js";
import { must, S_IFCHR, sys } from "../support/sys.js";
import { makeWhiteout, under } from "../support/tree.js";
import { at, Bed, carryOut, fill, fine, Planner } from "./bed.js";

type FsType = Parameters<typeof Disk.create>[0];

const LONG_AGO = new Date("2001-02-03T04:05:06.789Z");
const LOWER = "lower[1]";

/** Names of whiteouts: one with all that it may have, one that shares its inode with one that stays, and two that go together. */
const GOING = ["low/own", "one", "low/both", "low/deep/both"];

export class ApartBed extends Bed {
  readonly before: readonly string[];

  private constructor(
    readonly stage: Stage,
    readonly disk: Disk,
    readonly below: Disk,
  ) {
    super(disk.dir);
    fill(this);
    this.below.mount();
    this.#fillBelow();
    this.before = this.dump();
  }

  static create(fs: FsType = "ext4", lower: FsType = fs): ApartBed {
    const stage = Stage.create("ext4", 0);
    try {
      const dir = Buffer.from(`${stage.root}/d0`);
      mkdirSync(dir);
      const disk = Disk.create(fs, dir);
      stage.disks.push(disk);
      disk.mount();
      const below = Disk.create(lower, under(dir, "lower"));
      stage.disks.push(below);
      return new ApartBed(stage, disk, below);
    } catch (error) {
      stage.dispose();
      throw error;
    }
  }

  #fillBelow(): void {
    for (const name of ["low", "low/deep"]) mkdirSync(`${this.below.dir}/${name}`);
    for (const name of ["low/own", "stays", "low/both"]) makeWhiteout(this.path(at(LOWER, name)));
    linkSync(this.path(at(LOWER, "stays")), this.path(at(LOWER, "one")));
    linkSync(this.path(at(LOWER, "low/both")), this.path(at(LOWER, "low/deep/both")));
    const own = this.path(at(LOWER, "low/own"));
    must(sys.setxattr(own, Buffer.from("trusted.overlay.origin"), Buffer.alloc(0), 0), "setxattr");
    must(sys.setxattr(own, Buffer.from("security.selinux"), Buffer.from("label\0"), 0), "setxattr");
    lchownSync(own, 12, 34);
    for (const name of [...GOING, "stays", "low/deep", "low", ""]) {
      utimesSync(this.path(at(LOWER, name)), LONG_AGO, LONG_AGO);
    }
  }

  /** No other process mounts anything here, while many come and go; to look at one that ends may fail. */
  override open(host: Partial<ApplyHost> = {}, lower: readonly string[] = [LOWER]): Session | Trouble {
    const alone = { ...files, list: (path: Buffer) => (path.toString() === "/proc" ? [] : files.list(path)) };
    return super.open({ files: alone, ...host }, lower);
  }

  override dump(): string[] {
    return [
      ...dump([this.upper, this.work], { times: true }),
      ...dump([this.lower], { times: true, whiteouts: true }),
    ];
  }

  /** Of what is there now; some in upper come before and behind it. */
  plan(): Action[] {
    const p = new Planner(this);
    const uncover = (name: string): Step => {
      const place = at(LOWER, name);
      const names = GOING.concat("stays")
        .map((one) => at(LOWER, one))
        .filter((one) => this.#ino(one) === this.#ino(place))
        .map(({ path }) => path);
      return {
        op: "uncover",
        at: place,
        seen: p.seen(place),
        like: this.like(place),
        names: names.length > 1 ? names : [],
      };
    };
    return [
      p.action("remove-mark", p.xattr(at("upper", "a"), "origin", null)),
      p.action("remove-whiteout", uncover("low/own")),
      p.action("remove-whiteout", uncover("one")),
      p.action("set-impure", p.xattr(at("upper", "dir"), "impure", "y")),
      p.action("remove-whiteout", uncover("low/both")),
      p.action("remove-whiteout", uncover("low/deep/both"), p.xattr(at(LOWER, "low/deep"), "opaque", "y")),
      p.action("keep-entry", p.keep(at("work", "index/stale"))),
    ];
  }

  #ino(place: Place): number {
    return lstatSync(this.path(place)).ino;
  }

  like({ path }: Place): Likeness {
    const opened = native.openLayer(this.lower);
    if (typeof opened === "number") throw new Error(`open of lower: ${opened}`);
    const found = native.attributes(opened.fd, path);
    native.close(opened.fd);
    if (typeof found === "number") throw new Error(`attributes of ${path.toString()}: ${found}`);
    const { mode, uid, gid, atimeNs, mtimeNs, xattrs } = found;
    expect(mode).toBe(S_IFCHR);
    return { mode, uid, gid, atimeNs, mtimeNs, xattrs };
  }

  repair(host: Partial<ApplyHost> = {}, plan = this.plan()): string {
    const session = fine(this.open(host));
    try {
      return carryOut(session, plan);
    } finally {
      session.close();
    }
  }

  undo(id: string, host: Partial<ApplyHost> = {}) {
    const session = fine(this.open(host));
    try {
      return session.undo(id, { dryRun: false });
    } finally {
      session.close();
    }
  }

  recover() {
    const session = fine(this.open({}));
    try {
      return session.recover();
    } finally {
      session.close();
    }
  }

  /** What was interrupted is recovered; then the newest run, if there is one that is not undone, is taken back. */
  takeBack(): void {
    fine(this.recover());
    const session = fine(this.open({}));
    const [newest] = fine(session.journals());
    if (newest?.state === "finished") fine(session.undo(newest.id, { dryRun: false }));
    session.close();
  }

  dispose(): void {
    this.stage.dispose();
  }
}
