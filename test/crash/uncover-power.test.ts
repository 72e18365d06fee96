/**
 * The power goes while whiteouts go, and come back, on a filesystem that is further than that of the journal, or less far:
 * the next session brings back the old state, or finds the new one whole.
 */
import { closeSync, openSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import type { ApplyHost } from "../../src/lib/apply/index.js";
import { needsRoot } from "../support/root.js";
import { must, sys } from "../support/sys.js";
import { ApartBed } from "./apart-bed.js";
import { fine, withoutTimes } from "./bed.js";
import { Mortal } from "./mortal.js";

interface Cut {
  readonly images: readonly number[];
  readonly when: string;
}

const ID = "0001-repair";

needsRoot("a power cut with two filesystems", () => {
  let bed: ApartBed;
  afterEach(() => bed.dispose());

  const remount = (images: readonly number[] = []): void => {
    const { disk, below } = bed;
    below.umount();
    disk.umount();
    for (const [i, one] of [disk, below].entries()) {
      const image = images[i];
      if (image !== undefined) closeSync(one.use(image));
    }
    disk.mount();
    below.mount();
  };

  /** `ahead`: all that is written to it is on the disk at once. Of all calls but syncs each `nth`. */
  function cuts(
    ahead: "disk" | "below",
    nth: number,
    life: (host: Pick<ApplyHost, "writer">) => void,
  ): Cut[] {
    const found: Cut[] = [];
    const cut = (when: string): void => {
      const fd = openSync(bed[ahead].dir, "r");
      must(sys.syncfs(fd), "syncfs");
      closeSync(fd);
      found.push({ images: [bed.disk.cut(), bed.below.cut()], when: `${ahead} ahead, ${when}` });
    };
    const mortal = new Mortal(null, (call, method) => {
      if (call % nth === 0 || method === "unlink" || method === "dress")
        cut(`before call ${call}, ${method}`);
    });
    expect(mortal.live(life)).toBe(true);
    cut("at the end");
    return found;
  }

  describe.each(["disk", "below"] as const)("%s ahead", (ahead) => {
    it.each([
      ["ext4-journal", 1],
      ["xfs", 4],
      ["btrfs", 4],
    ] as const)("on %s", (fs, nth) => {
      bed = ApartBed.create(fs);
      remount();
      const { before } = bed;
      const during = cuts(ahead, nth, (host) => void bed.repair(host));
      const complete = bed.dump();
      const undoing = cuts(ahead, nth, (host) => void fine(bed.undo(ID, host)));
      expect(bed.dump()).toEqual(before);
      const kinds = new Set<string>();
      for (const { images, when } of [...during, ...undoing]) {
        remount(images);
        kinds.add(fine(bed.recover()).kind);
        const journals = bed.journals();
        if (journals.includes(ID)) expect(bed.dump(), when).toEqual(complete);
        else if (journals.length > 0) expect(bed.dump(), when).toEqual(before);
        else expect(withoutTimes(bed.dump()), when).toEqual(withoutTimes(before));
        bed.takeBack();
        expect(withoutTimes(bed.dump()), when).toEqual(withoutTimes(before));
      }
      expect(kinds.has("rolled-back") && !kinds.has("left")).toBe(true);
    });
  });
});
