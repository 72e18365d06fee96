/**
 * Loop images and overlay mounts for tests, in a private mount namespace only.
 *
 * Images live in anonymous memory files and loop devices free themselves on
 * umount, so when the namespace's last process ends, however it ends, the
 * kernel itself takes everything down. What is left to clean up by hand is one
 * empty directory, done on exit, SIGINT and SIGTERM.
 */
import { mkdirSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Disk, type FsType, umountPatiently } from "./disk.js";
import { whyNoMounts } from "./namespace.js";
import { MNT_DETACH, must, type Result, sys } from "./sys.js";

export { Disk, type FsType };

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
    must(
      sys.mount(Buffer.from("tmpfs"), Buffer.from(root), Buffer.from("tmpfs"), 0, Buffer.from("mode=755")),
      "mount of tmpfs",
    );
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

  /** Where the first disk is mounted. */
  get dir(): string {
    return join(this.root, "d0");
  }

  mountDisks(): void {
    for (const disk of this.disks) disk.mount();
  }

  umountDisks(): void {
    for (const disk of this.disks) disk.umount();
  }

  /** mount(2) of an overlay on {@link mnt}: 0 or the negative errno. */
  overlay(mount: OverlayMount, flags = 0): Result {
    const result = sys.mount(
      Buffer.from("overlay"),
      this.mnt,
      Buffer.from("overlay"),
      flags,
      overlayData(mount),
    );
    if (result === 0) this.overlays++;
    return result;
  }

  /** Something done while an overlay is mounted; `what` says which mount has failed. */
  withOverlay<T>(mount: OverlayMount, act: () => T, what = "mount"): T {
    must(this.overlay(mount), what);
    try {
      return act();
    } finally {
      this.umountOverlay();
    }
  }

  umountOverlay(): void {
    if (this.overlays === 0) return;
    must(umountPatiently(this.mnt), "umount of the overlay");
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
