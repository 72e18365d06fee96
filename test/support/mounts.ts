/**
 * Loop images and overlay mounts for tests, in a private mount namespace only.
 *
 * Images live in anonymous memory files and loop devices free themselves on
 * umount, so when the namespace's last process ends, however it ends, the
 * kernel itself takes everything down. What is left to clean up by hand is one
 * empty directory, done on exit, SIGINT and SIGTERM.
 */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, fstatSync, ftruncateSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errnoName, MNT_DETACH, MS_NOATIME, must, type Result, sys } from "./sys.js";

export type FsType = "ext4" | "xfs" | "btrfs";

const MIB = 1024 * 1024;
const NONE = Buffer.alloc(0);

/** Smallest sizes that the mkfs tools take without complaint; images are sparse. */
const MKFS: Record<FsType, { size: number; data: string; command: (uuid: string, file: string) => [string, string[]] }> = {
  ext4: {
    size: 24 * MIB,
    data: "",
    command: (uuid, file) => [
      "mkfs.ext4",
      ["-q", "-F", "-U", uuid, "-b", "4096", "-I", "256", "-N", "1024", "-O", "^has_journal", "-E", "lazy_itable_init=0", file],
    ],
  },
  xfs: { size: 300 * MIB, data: "nouuid", command: (uuid, file) => ["mkfs.xfs", ["-q", "-f", "-m", `uuid=${uuid}`, file]] },
  btrfs: { size: 128 * MIB, data: "", command: (uuid, file) => ["mkfs.btrfs", ["-q", "-f", "-U", uuid, file]] },
};

/**
 * True where an ancestor of this process sees other mounts: somebody unshared for us. A
 * process whose ancestors have gone cannot tell, and is told by OVL_PRIVATE_MOUNTS=1.
 */
function inOwnNamespace(): boolean {
  if (process.env["OVL_PRIVATE_MOUNTS"] === "1") return true;
  const own = readlinkSync("/proc/self/ns/mnt");
  for (let pid = process.ppid; pid > 0; ) {
    try {
      if (readlinkSync(`/proc/${pid}/ns/mnt`) !== own) return true;
    } catch {
      // Not ours to look at, as pid 1 of a container often is: go on with its parent.
    }
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    pid = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  }
  return false;
}

/** Why real mounts cannot be made by this process, or null where they can. */
export function whyNoMounts(): string | null {
  if (process.getuid?.() !== 0) return "real mounts need root";
  if (!inOwnNamespace()) {
    return "real mounts are made only under: unshare -m --propagation private";
  }
  const shared = readFileSync("/proc/self/mountinfo", "latin1")
    .split("\n")
    .some((line) => line.split(" ")[4] === "/" && line.includes(" shared:"));
  return shared ? "mounts made here would propagate: unshare -m --propagation private" : null;
}

interface Template {
  readonly fd: number;
  readonly uuid: Buffer;
}
const templates = new Map<string, Template>();

/** One formatted image a file system and place; every disk starts as its copy. */
function template(fs: FsType, place: number, size: number): Template {
  const key = `${fs} ${place} ${size}`;
  const known = templates.get(key);
  if (known) return known;
  const fd = must(sys.memfd(Buffer.from(`ovl-template-${fs}`)), "memfd_create");
  ftruncateSync(fd, size);
  const uuid = randomUUID();
  const [program, args] = MKFS[fs].command(uuid, `/proc/${process.pid}/fd/${fd}`);
  execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  const made = { fd, uuid: Buffer.from(uuid.replaceAll("-", ""), "hex") };
  templates.set(key, made);
  return made;
}

/** A file system on a loop image. It may be mounted and unmounted many times. */
export class Disk {
  private loop = -1;
  private constructor(
    readonly fs: FsType,
    readonly dir: Buffer,
    /** The superblock's UUID, as it stands in file handles. */
    readonly uuid: Buffer,
    private image: number,
  ) {}

  /** `place` tells disks of one overlay apart: two places never share a UUID. */
  static create(fs: FsType, dir: Buffer, place = 0, size = MKFS[fs].size): Disk {
    const from = template(fs, place, size);
    const image = must(sys.memfd(Buffer.from(`ovl-${fs}`)), "memfd_create");
    must(sys.copySparse(from.fd, image), "copy of an image");
    return new Disk(fs, dir, from.uuid, image);
  }

  get mounted(): boolean {
    return this.loop >= 0;
  }

  mount(): void {
    const data = Buffer.from(MKFS[this.fs].data);
    this.loop = must(sys.mountImage(this.image, this.dir, Buffer.from(this.fs), MS_NOATIME, data), `mount of ${this.fs}`);
  }

  umount(): void {
    if (this.loop < 0) return;
    const result = sys.umount(this.dir, 0);
    if (result < 0) {
      sys.umount(this.dir, MNT_DETACH);
      this.loop = -1;
      throw new Error(`umount of ${this.dir.toString()}: ${errnoName(result)}: something keeps a file on it open`);
    }
    if (this.fs === "btrfs") sys.forgetBtrfs(this.loop);
    this.loop = -1;
  }

  /** A copy of the unmounted image; give it to {@link use}. */
  copy(): number {
    if (this.loop >= 0) throw new Error("only an unmounted image can be copied");
    const fd = must(sys.memfd(Buffer.from(`ovl-${this.fs}-copy`)), "memfd_create");
    must(sys.copySparse(this.image, fd), "copy of an image");
    return fd;
  }

  /** Mount another image from now on; returns the one used until now. */
  use(image: number): number {
    if (this.loop >= 0) throw new Error("only an unmounted image can be replaced");
    const before = this.image;
    this.image = image;
    return before;
  }

  dispose(): void {
    if (this.loop >= 0) sys.umount(this.dir, MNT_DETACH);
    this.loop = -1;
    closeSync(this.image);
  }

  /** Bytes that the image takes in memory. */
  get bytes(): number {
    return fstatSync(this.image).blocks * 512;
  }
}

/** An overlay as mount(2) is asked for it. Paths must not need escapes. */
export interface OverlayMount {
  readonly lower: readonly Buffer[];
  readonly upper?: Buffer;
  readonly work?: Buffer;
  /** In the order given: [["index", "on"], ["userxattr", ""]]. */
  readonly options: ReadonlyArray<readonly [string, string]>;
}

/** The data string of mount(2). */
export function overlayData(mount: OverlayMount): Buffer {
  const parts = [`lowerdir=${mount.lower.map((path) => path.toString("latin1")).join(":")}`];
  if (mount.upper) parts.push(`upperdir=${mount.upper.toString("latin1")}`);
  if (mount.work) parts.push(`workdir=${mount.work.toString("latin1")}`);
  for (const [name, value] of mount.options) parts.push(value === "" ? name : `${name}=${value}`);
  return Buffer.from(parts.join(","), "latin1");
}

/** A place of its own for disks and one overlay mount; nothing of it outlives the process. */
export class Stage {
  readonly disks: Disk[] = [];
  readonly mnt: Buffer;
  private overlays = 0;

  private constructor(readonly root: string) {
    this.mnt = Buffer.from(join(root, "mnt"));
    mkdirSync(this.mnt);
  }

  static create(fs: FsType, disks = 1): Stage {
    const reason = whyNoMounts();
    if (reason !== null) throw new Error(reason);
    const root = mkdtempSync(join(tmpdir(), "ovl-index-test-"));
    must(sys.mount(Buffer.from("tmpfs"), Buffer.from(root), Buffer.from("tmpfs"), 0, Buffer.from("mode=755")), "mount of tmpfs");
    const stage = new Stage(root);
    live.add(stage);
    try {
      for (let place = 0; place < disks; place++) {
        const dir = join(root, `d${place}`);
        mkdirSync(dir);
        stage.disks.push(Disk.create(fs, Buffer.from(dir), place));
      }
    } catch (error) {
      stage.dispose();
      throw error;
    }
    return stage;
  }

  /** Path of something on a disk. */
  path(disk: number, name: string): Buffer {
    return Buffer.from(join(this.root, `d${disk}`, name));
  }

  mountDisks(): void {
    for (const disk of this.disks) disk.mount();
  }

  umountDisks(): void {
    for (const disk of this.disks) disk.umount();
  }

  /** mount(2) of an overlay on {@link mnt}: 0 or the negative errno. */
  overlay(mount: OverlayMount, flags = 0): Result {
    const result = sys.mount(Buffer.from("overlay"), this.mnt, Buffer.from("overlay"), flags, overlayData(mount));
    if (result === 0) this.overlays++;
    return result;
  }

  umountOverlay(): void {
    if (this.overlays === 0) return;
    must(sys.umount(this.mnt, 0), "umount of the overlay");
    this.overlays--;
  }

  dispose(): void {
    if (!live.delete(this)) return;
    for (; this.overlays > 0; this.overlays--) sys.umount(this.mnt, MNT_DETACH);
    for (const disk of this.disks) disk.dispose();
    sys.umount(Buffer.from(this.root), MNT_DETACH);
    rmdirSync(this.root);
  }
}

const live = new Set<Stage>();
function disposeAll(): void {
  for (const stage of [...live]) stage.dispose();
}
process.once("exit", disposeAll);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    disposeAll();
    process.kill(process.pid, signal);
  });
}

/** No options, for mounts that take none. */
export const NO_DATA = NONE;
