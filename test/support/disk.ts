/** File systems on loop images: made from a template, mounted many times, copied byte for byte. */
import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, ftruncateSync } from "node:fs";
import { errnoName, MNT_DETACH, MS_NOATIME, must, type Result, sys } from "./sys.js";

export type FsType = "ext4" | "xfs" | "btrfs";
/** What can be made: ext4 has no journal unless a test cuts the power. */
type Made = FsType | "ext4-journal";

const MIB = 1024 * 1024;

/** Smallest sizes that the mkfs tools take without complaint; images are sparse. */
const MKFS: Record<
  Made,
  { size: number; data: string; command: (uuid: string, file: string) => [string, string[]] }
> = {
  ext4: {
    size: 24 * MIB,
    data: "",
    command: (uuid, file) => [
      "mkfs.ext4",
      [
        "-q",
        "-F",
        "-U",
        uuid,
        "-b",
        "4096",
        "-I",
        "256",
        "-N",
        "1024",
        "-O",
        "^has_journal",
        "-E",
        "lazy_itable_init=0",
        file,
      ],
    ],
  },
  "ext4-journal": {
    size: 24 * MIB,
    data: "",
    command: (uuid, file) => [
      "mkfs.ext4",
      ["-q", "-F", "-U", uuid, "-b", "4096", "-I", "256", "-N", "1024", "-E", "lazy_itable_init=0", file],
    ],
  },
  xfs: {
    size: 300 * MIB,
    data: "nouuid",
    command: (uuid, file) => ["mkfs.xfs", ["-q", "-f", "-m", `uuid=${uuid}`, file]],
  },
  btrfs: {
    size: 128 * MIB,
    data: "",
    command: (uuid, file) => ["mkfs.btrfs", ["-q", "-f", "-U", uuid, file]],
  },
};

interface Template {
  readonly fd: number;
  readonly uuid: Buffer;
}
const templates = new Map<string, Template>();

/** One formatted image a file system and place; every disk starts as its copy. */
function template(fs: Made, place: number, size: number): Template {
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

const EBUSY = -16;

/**
 * Whoever looks for uses of a layer in all mount namespaces, as check does, holds other
 * processes' mounts for moments: a mount that is busy is tried again for up to two seconds.
 */
export function umountPatiently(dir: Buffer): Result {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 0; ; attempt++) {
    const result = sys.umount(dir, 0);
    if (result !== EBUSY || attempt === 400) return result;
    Atomics.wait(pause, 0, 0, 5);
  }
}

/** A file system on a loop image. It may be mounted and unmounted many times. */
export class Disk {
  private loop = -1;
  private constructor(
    readonly fs: FsType,
    readonly dir: Buffer,
    private superblock: Buffer,
    private image: number,
  ) {}

  /** The superblock's UUID, as it stands in file handles. */
  get uuid(): Buffer {
    return this.superblock;
  }

  /** tune2fs -U, of an ext4 that is not mounted. */
  giveNewUuid(): void {
    const uuid = randomUUID();
    const image = `/proc/${process.pid}/fd/${this.image}`;
    // Every checksum is made with it, and tune2fs wants to know that they are right.
    spawnSync("e2fsck", ["-f", "-p", image]);
    execFileSync("tune2fs", ["-U", uuid, image], { stdio: ["ignore", "ignore", "pipe"] });
    this.superblock = Buffer.from(uuid.replaceAll("-", ""), "hex");
  }

  /** `place` tells disks of one overlay apart: two places never share a UUID. */
  static create(fs: Made, dir: Buffer, place = 0, size = MKFS[fs].size): Disk {
    const from = template(fs, place, size);
    const image = must(sys.memfd(Buffer.from(`ovl-${fs}`)), "memfd_create");
    must(sys.copySparse(from.fd, image), "copy of an image");
    return new Disk(fs === "ext4-journal" ? "ext4" : fs, dir, from.uuid, image);
  }

  get mounted(): boolean {
    return this.loop >= 0;
  }

  mount(): void {
    const data = Buffer.from(MKFS[this.fs].data);
    this.loop = must(
      sys.mountImage(this.image, this.dir, Buffer.from(this.fs), MS_NOATIME, data),
      `mount of ${this.fs}`,
    );
  }

  umount(): void {
    if (this.loop < 0) return;
    const result = umountPatiently(this.dir);
    if (result < 0) {
      sys.umount(this.dir, MNT_DETACH);
      this.loop = -1;
      throw new Error(
        `umount of ${this.dir.toString()}: ${errnoName(result)}: something keeps a file on it open`,
      );
    }
    if (this.fs === "btrfs") sys.forgetBtrfs(this.loop);
    this.loop = -1;
  }

  /** A copy of the unmounted image; give it to {@link use}. */
  copy(): number {
    if (this.loop >= 0) throw new Error("only an unmounted image can be copied");
    return this.cut();
  }

  /** What a power cut would leave of it now: a copy of what has come to the image, mounted or not. */
  cut(): number {
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
}
