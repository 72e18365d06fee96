/**
 * The power goes at any call that writes: what has come to the image by then is mounted, its filesystem's log
 * replayed, and the next session brings back the old state, or finds the new one whole.
 */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { ApplyHost } from "../../src/lib/apply/index.js";
import { Disk } from "../support/disk.js";
import { Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";
import { must, sys } from "../support/sys.js";
import { actions, Bed, carryOut, fill, fine, withoutTimes } from "./bed.js";
import { Mortal } from "./mortal.js";

function writeBack(disk: Disk): void {
  const fd = openSync(disk.dir, "r");
  must(sys.syncfs(fd), "syncfs");
  closeSync(fd);
}

needsRoot("a power cut", () => {
  let stage: Stage;
  afterEach(() => stage.dispose());

  interface Cut {
    readonly image: number;
    /** For people. */
    readonly when: string;
  }

  function begin(fs: "ext4-journal" | "xfs" | "btrfs"): { disk: Disk; bed: Bed } {
    stage = Stage.create("ext4", 0);
    const dir = join(stage.root, "disk");
    mkdirSync(dir);
    const disk = Disk.create(fs, Buffer.from(dir));
    stage.disks.push(disk);
    disk.mount();
    const bed = new Bed(Buffer.from(dir));
    fill(bed);
    // What was there before is on the disk.
    disk.umount();
    disk.mount();
    return { disk, bed };
  }

  /** Images of every call; of all calls but syncs, only each `nth`: some filesystems mount slowly. */
  function cuts(disk: Disk, nth: number, life: (host: Pick<ApplyHost, "writer">) => void): Cut[] {
    const images: Cut[] = [];
    const mortal = new Mortal(null, (call, method) => {
      // The kernel writes things to the disk at times of its own, too.
      if (call % 5 === 0) writeBack(disk);
      const isSync = method.startsWith("sync");
      if (!isSync && call % nth !== 0) return;
      images.push({ image: disk.cut(), when: `before call ${call}, ${method}` });
    });
    expect(mortal.live(life)).toBe(true);
    images.push({ image: disk.cut(), when: "at the end" });
    return images;
  }

  const repair = (bed: Bed) => (host: Pick<ApplyHost, "writer">) => {
    const session = fine(bed.open(host));
    carryOut(session, actions(bed));
    session.close();
  };

  it.each([
    ["ext4-journal", 1],
    ["xfs", 3],
    ["btrfs", 3],
  ] as const)("during a run and its undo on %s", (fs, nth) => {
    const { disk, bed } = begin(fs);
    const before = bed.dump();
    const during = cuts(disk, nth, repair(bed));
    const complete = bed.dump();
    const undoing = cuts(disk, nth, (host) => {
      const session = fine(bed.open(host));
      fine(session.undo("0001-repair", { dryRun: false }));
      session.close();
    });
    expect(bed.dump()).toEqual(before);
    const kinds = new Set<string>();
    for (const { image, when } of [...during, ...undoing]) {
      disk.umount();
      closeSync(disk.use(image));
      disk.mount();
      const session = fine(bed.open());
      const recovery = fine(session.recover());
      kinds.add(recovery.kind);
      const finished = bed.journals().includes("0001-repair");
      expect(session.recover(), when).toEqual({ kind: "none" });
      session.close();
      if (finished) expect(bed.dump(), when).toEqual(complete);
      else if (bed.journals().length > 0) expect(bed.dump(), when).toEqual(before);
      else expect(withoutTimes(bed.dump()), when).toEqual(withoutTimes(before));
    }
    expect([...kinds].sort()).toEqual(["finished", "none", "rolled-back"]);
  });
});
