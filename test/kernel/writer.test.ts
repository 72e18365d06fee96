/** The calls that change layers, on each of the filesystems that upper layers are on. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writer } from "../../src/lib/host/system-writer.js";
import type { Identity, Writable } from "../../src/lib/host/writer.js";
import { type FsType, Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";
import { MS_BIND, MS_RDONLY, MS_REMOUNT, must, sys } from "../support/sys.js";

const EAGAIN = -11;
const EXDEV = -18;
const ENOSPC = -28;
const EROFS = -30;
const ESTALE = -116;
/** linux/mount.h */
const MS_STRICTATIME = 1 << 24;
const NONE: Buffer = Buffer.alloc(0);
const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

function identity(path: Buffer): Identity {
  const { dev, ino } = statSync(path);
  return { dev, ino };
}

const descriptors = (): number => readdirSync("/proc/self/fd").length;

/** Upper and work directory of a stage, as one of its disks has them. */
class Layers {
  readonly stage: Stage;
  private readonly open: number[] = [];
  private readonly before: number;

  constructor(fs: FsType, disks = 1) {
    this.stage = Stage.create(fs, disks);
    this.stage.mountDisks();
    this.before = descriptors();
    for (const disk of this.stage.disks.keys())
      for (const name of ["upper", "work", "work/index", "outside"]) mkdirSync(this.at(name, disk));
  }

  at(name: string, disk = 0): Buffer {
    return this.stage.path(disk, name);
  }

  try(upper = this.at("upper"), work = this.at("work"), seen = { upper, work }): Writable | number {
    const expected = { upper: identity(seen.upper), work: identity(seen.work) };
    const opened = writer.openWritable(upper, work, expected);
    if (typeof opened === "object") this.open.push(opened.upper, opened.work);
    return opened;
  }

  get(): Writable {
    const opened = this.try();
    if (typeof opened === "number") throw new Error(`openWritable: ${opened}`);
    return opened;
  }

  close(): void {
    for (const fd of this.open.splice(0)) writer.close(fd);
  }

  dispose(): void {
    this.close();
    const left = descriptors();
    this.stage.dispose();
    expect(left).toBe(this.before);
  }
}

function mount(target: Buffer, flags: number, source: Buffer = NONE, type: Buffer = NONE): void {
  must(sys.mount(source, target, type, flags, NONE), "mount");
}

for (const fs of ["ext4", "xfs", "btrfs"] as const) {
  needsRoot(`writing on ${fs}`, () => {
    let layers: Layers;
    beforeEach(() => {
      layers = new Layers(fs);
    });
    afterEach(() => layers.dispose());

    it("links and moves between upper and work", () => {
      const { upper, work } = layers.get();
      mkdirSync(layers.at("upper/d"));
      writeFileSync(layers.at("upper/d/f"), "content");
      expect(writer.setXattr(upper, bytes("d/f"), "trusted.overlay.nlink", bytes("U+1"))).toBe(0);
      expect(writer.link(upper, bytes("d/f"), work, bytes("index/00fb"))).toBe(0);
      expect(statSync(layers.at("work/index/00fb"))).toMatchObject({
        ino: statSync(layers.at("upper/d/f")).ino,
        nlink: 2,
      });
      expect(writer.rename(work, bytes("index/00fb"), upper, bytes("d/g"))).toBe(0);
      expect(writer.rename(upper, bytes("d"), work, bytes("kept"))).toBe(0);
      expect(readFileSync(layers.at("work/kept/g"), "latin1")).toBe("content");
      expect(sys.getxattr(layers.at("work/kept/f"), bytes("trusted.overlay.nlink"))).toEqual(bytes("U+1"));
      expect(readdirSync(layers.at("upper"))).toEqual([]);
    });

    it("leaves the access times of what it reads", () => {
      mount(layers.at("."), MS_REMOUNT | MS_STRICTATIME);
      const { upper } = layers.get();
      const times = { atimeNs: 1_000_000_001n, mtimeNs: 2_000_000_003n };
      writeFileSync(layers.at("upper/f"), "content");
      expect(writer.setTimes(upper, bytes("f"), times)).toBe(0);
      expect(writer.read(upper, bytes("f"))).toEqual(bytes("content"));
      expect(writer.times(upper, bytes("f"))).toEqual(times);
      readFileSync(layers.at("upper/f"));
      expect(writer.times(upper, bytes("f"))).not.toEqual(times);
    });

    it("writes below what is mounted over a directory, and not to it", () => {
      mkdirSync(layers.at("upper/before"));
      mkdirSync(layers.at("upper/after"));
      mount(layers.at("upper/before"), 0, bytes("tmpfs"), bytes("tmpfs"));
      const { upper } = layers.get();
      mount(layers.at("upper/after"), 0, bytes("tmpfs"), bytes("tmpfs"));
      for (const name of ["before", "after"]) {
        expect(writer.append(upper, bytes(`${name}/f`), bytes("x"))).toBe(0);
        expect(writer.whiteout(upper, bytes(`${name}/w`))).toBe(0);
        expect(readdirSync(layers.at(`upper/${name}`))).toEqual([]);
        must(sys.umount(layers.at(`upper/${name}`), 0), "umount");
        expect(readdirSync(layers.at(`upper/${name}`)).sort()).toEqual(["f", "w"]);
      }
    });

    it("refuses to cross a mount where the root is no clone", () => {
      mkdirSync(layers.at("upper/over"));
      mount(layers.at("upper/over"), 0, bytes("tmpfs"), bytes("tmpfs"));
      const layer = openSync(layers.at("upper"), "r");
      expect(writer.append(layer, bytes("over/f"), bytes("x"))).toBe(EXDEV);
      closeSync(layer);
      must(sys.umount(layers.at("upper/over"), 0), "umount");
      expect(readdirSync(layers.at("upper/over"))).toEqual([]);
    });

    it("goes through no symlink on the way", () => {
      const { upper, work } = layers.get();
      writeFileSync(layers.at("outside/victim"), "v");
      const before = lstatSync(layers.at("outside/victim"), { bigint: true });
      symlinkSync(layers.at("outside"), layers.at("upper/l"));
      symlinkSync("../outside/victim", layers.at("upper/v"));
      for (const path of ["l/victim", "../outside/victim"]) {
        expect(writer.setXattr(upper, bytes(path), "trusted.overlay.opaque", bytes("y"))).toBeLessThan(0);
        expect(writer.link(upper, bytes(path), work, bytes("index/x"))).toBeLessThan(0);
        expect(writer.append(upper, bytes(path), bytes("x"))).toBeLessThan(0);
        expect(writer.unlink(upper, bytes(path))).toBeLessThan(0);
      }
      expect(writer.setXattr(upper, bytes("v"), "trusted.overlay.opaque", bytes("y"))).toBe(0);
      expect(sys.getxattr(layers.at("upper/v"), bytes("trusted.overlay.opaque"))).toEqual(bytes("y"));
      expect(writer.append(upper, bytes("v"), bytes("x"))).toBeLessThan(0);
      const { ctimeNs, nlink } = lstatSync(layers.at("outside/victim"), { bigint: true });
      expect({ ctimeNs, nlink }).toEqual({ ctimeNs: before.ctimeNs, nlink: before.nlink });
      expect(readdirSync(layers.at("outside"))).toEqual(["victim"]);
    });

    it("sets xattrs of what cannot be opened", () => {
      const { upper, work } = layers.get();
      const made: [name: string, mode: number][] = [
        ["fifo", 0o010000],
        ["socket", 0o140000],
        ["block", 0o060000],
        ["whiteout", 0o020000],
      ];
      for (const [name, mode] of made) must(sys.mknod(layers.at(`upper/${name}`), mode, 0, 0), "mknod");
      symlinkSync("nowhere", layers.at("upper/symlink"));
      const index = ["whiteout", "symlink"];
      for (const name of [...made.map(([node]) => node), "symlink"]) {
        expect(writer.setXattr(upper, bytes(name), "trusted.overlay.origin", bytes("o"))).toBe(0);
        expect(sys.getxattr(layers.at(`upper/${name}`), bytes("trusted.overlay.origin"))).toEqual(bytes("o"));
        expect(writer.setXattr(upper, bytes(name), "trusted.overlay.origin", null)).toBe(0);
      }
      for (const name of index) expect(writer.link(upper, bytes(name), work, bytes(`index/${name}`))).toBe(0);
      expect(readdirSync(layers.at("work/index")).sort()).toEqual(index.sort());
    });

    it("opens the directories that were seen, and no others", () => {
      mkdirSync(layers.at("other"));
      const upper = layers.at("upper");
      const work = layers.at("work");
      const other = layers.at("other");
      expect(layers.try(other, work, { upper, work })).toBe(ESTALE);
      expect(layers.try(upper, other, { upper, work })).toBe(ESTALE);
      expect(writer.openWritableLayer(other, identity(upper), -1)).toBe(ESTALE);
      symlinkSync("upper", layers.at("alias"));
      expect(layers.try(layers.at("alias"), work)).toBeTypeOf("object");
    });

    it("opens a lower layer alone", () => {
      const outside = layers.at("outside");
      const fd = writer.openWritableLayer(outside, identity(outside), -1);
      expect(fd).toBeGreaterThan(0);
      expect(writer.append(fd, bytes("f"), bytes("x"))).toBe(0);
      expect(writer.append(fd, bytes("../upper/f"), bytes("x"))).toBe(EXDEV);
      writer.close(fd);
      expect(readdirSync(outside)).toEqual(["f"]);
    });

    it("opens a lower layer so that renames between it and upper go", () => {
      const outside = layers.at("outside");
      const { upper } = layers.get();
      const fd = writer.openWritableLayer(outside, identity(outside), upper);
      expect(writer.whiteout(fd, bytes("w"))).toBe(0);
      expect(writer.rename(fd, bytes("w"), upper, bytes("w"))).toBe(0);
      expect(writer.append(fd, bytes("../upper/f"), bytes("x"))).toBe(EXDEV);
      writer.close(fd);
      expect(readdirSync(outside)).toEqual([]);
      expect(readdirSync(layers.at("upper"))).toContain("w");
    });

    it("refuses a mount that is read-only, and a filesystem that is", () => {
      const upper = layers.at("upper");
      const work = layers.at("work");
      for (const dir of [upper, work]) {
        mount(dir, MS_BIND, dir);
        mount(dir, MS_BIND | MS_REMOUNT | MS_RDONLY);
        expect(layers.try()).toBe(EROFS);
        if (dir === upper) expect(writer.openWritableLayer(upper, identity(upper), -1)).toBe(EROFS);
        must(sys.umount(dir, 0), "umount");
      }
      expect(layers.try()).toBeTypeOf("object");
      layers.close();
      mount(layers.at("."), MS_REMOUNT | MS_RDONLY);
      expect(layers.try()).toBe(EROFS);
    });

    it("tells of a filesystem that has turned read-only, with each call", () => {
      const { upper, work } = layers.get();
      writeFileSync(layers.at("upper/f"), "");
      mount(layers.at("."), MS_REMOUNT | MS_RDONLY);
      expect(writer.append(upper, bytes("f"), bytes("x"))).toBe(EROFS);
      expect(writer.append(work, bytes("new"), bytes("x"))).toBe(EROFS);
      expect(writer.setXattr(upper, bytes("f"), "trusted.overlay.nlink", bytes("U+1"))).toBe(EROFS);
      expect(writer.link(upper, bytes("f"), work, bytes("g"))).toBe(EROFS);
      expect(writer.mkdir(work, bytes("d"), 0)).toBe(EROFS);
      expect(writer.whiteout(work, bytes("w"))).toBe(EROFS);
      expect(writer.unlink(upper, bytes("f"))).toBe(EROFS);
    });

    it("is locked out while another process has the lock", async () => {
      const { work } = layers.get();
      const holder = spawn("flock", [layers.at("work").toString(), "sh", "-c", "echo held; read line"], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      await once(holder.stdout, "data");
      expect(writer.lock(work)).toBe(EAGAIN);
      holder.stdin.end();
      await once(holder, "close");
      expect(writer.lock(work)).toBe(0);
      expect(() => execFileSync("flock", ["-n", "-s", layers.at("work").toString(), "true"])).toThrow();
      layers.close();
      execFileSync("flock", ["-n", layers.at("work").toString(), "true"]);
    });

    it("tells how much is free", () => {
      const { upper } = layers.get();
      const free = writer.space(upper);
      if (typeof free === "number") throw new Error(`space: ${free}`);
      expect(free.bytes).toBeGreaterThan(1 << 20);
      if (fs === "btrfs") expect(free.inodes).toBe(null);
      else expect(free.inodes).toBeGreaterThan(100);
    });
  });
}

needsRoot("writing on ext4, to the last block", () => {
  it("leaves a file as it was where there is no room for all that is appended", () => {
    const layers = new Layers("ext4");
    try {
      const { work } = layers.get();
      expect(writer.append(work, bytes("journal"), bytes("first\n"))).toBe(0);
      fill(layers.at("full"));
      // One block more than none: the first part of what follows has room.
      rmSync(layers.at("full.last"));
      const before = writer.times(work, bytes("journal"));
      expect(before).toBeTypeOf("object");
      expect(writer.append(work, bytes("journal"), Buffer.alloc(8 << 20, 0x61))).toBe(ENOSPC);
      expect(writer.read(work, bytes("journal"))).toEqual(bytes("first\n"));
      expect(writer.append(work, bytes("other"), Buffer.alloc(8 << 20, 0x61))).toBe(ENOSPC);
      expect(readdirSync(layers.at("work")).sort()).toEqual(["index", "journal"]);
      expect(writer.append(work, bytes("journal"), bytes("second\n"))).toBe(0);
      expect(writer.read(work, bytes("journal"))).toEqual(bytes("first\nsecond\n"));
    } finally {
      layers.dispose();
    }
  });
});

needsRoot("writing to two filesystems", () => {
  it.each(["ext4", "btrfs"] as const)("is refused, on %s", (fs) => {
    const layers = new Layers(fs, 2);
    try {
      expect(layers.try(layers.at("upper"), layers.at("work", 1))).toBe(EXDEV);
      const { upper } = layers.get();
      expect(upper).toBeGreaterThan(0);
    } finally {
      layers.dispose();
    }
  });
});

/** Leave not one block free; NAME.last has 16 of them. */
function fill(name: Buffer): void {
  writeFileSync(bytes(`${name.toString("latin1")}.last`), Buffer.alloc(16 << 12, 1), { flush: true });
  for (let size = 1 << 22; size >= 1 << 12; size >>= 1) {
    for (let n = 0; ; n++) {
      try {
        writeFileSync(bytes(`${name.toString("latin1")}.${size}.${n}`), Buffer.alloc(size, 1), {
          flush: true,
        });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        break;
      }
    }
  }
}
