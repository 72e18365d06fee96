/** The power goes while data is copied, and while that is undone: what is on the disk then is all or nothing after recovery. */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { Writer } from "../../src/lib/host/writer.js";
import { Disk } from "../support/disk.js";
import { Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";
import { must, sys } from "../support/sys.js";
import { Bed, carryOut, fill, fine, withoutWorkTimes } from "./bed.js";
import { copies, hollow, slowed, state } from "./hollow.js";
import { Mortal } from "./mortal.js";

needsRoot("a power cut while data is copied", () => {
  let stage: Stage;
  afterEach(() => stage.dispose());

  it.each(["ext4-journal", "xfs", "btrfs"] as const)("on %s", (fs) => {
    stage = Stage.create("ext4", 0);
    const dir = join(stage.root, "disk");
    mkdirSync(dir);
    const disk = Disk.create(fs, Buffer.from(dir));
    stage.disks.push(disk);
    disk.mount();
    const bed = new Bed(Buffer.from(dir));
    fill(bed);
    hollow(bed);
    disk.umount();
    disk.mount();
    const before = state(bed);
    const images: { image: number; when: string }[] = [];
    const watch = (life: (writer: Writer) => void): void => {
      const mortal = new Mortal(null, (call, method) => {
        // The kernel writes data to the disk at times of its own.
        if (call % 4 === 0) {
          const fd = openSync(disk.dir, "r");
          must(sys.syncfs(fd), "syncfs");
          closeSync(fd);
        }
        if (isAbout.has(method)) images.push({ image: disk.cut(), when: `before call ${call}, ${method}` });
      });
      expect(mortal.live(({ writer: mine }) => life(slowed(mine)))).toBe(true);
    };
    const id = "0001-repair";
    const isAbout = new Set<string>(["copyData", "settle", "empty", "setXattr", "sync", "syncAll"]);
    watch((mine) => {
      const session = fine(bed.open({ writer: mine }));
      carryOut(session, copies(bed));
      session.close();
    });
    const complete = state(bed);
    watch((mine) => {
      const session = fine(bed.open({ writer: mine }));
      fine(session.undo(id, { dryRun: false }));
      session.close();
    });
    expect(state(bed)).toEqual(before);
    const kinds = new Set<string>();
    for (const { image, when } of images) {
      disk.umount();
      closeSync(disk.use(image));
      disk.mount();
      const session = fine(bed.open());
      kinds.add(fine(session.recover()).kind);
      session.close();
      const now = withoutWorkTimes(state(bed));
      expect(now, when).toEqual(withoutWorkTimes(bed.journals().includes(id) ? complete : before));
    }
    expect(kinds.has("rolled-back")).toBe(true);
  });
});
