/** Byte-exact copies of disks in their place: what is done to them leaves nothing. */
import { closeSync } from "node:fs";
import type { Stage } from "./mounts.js";

/** Before and after, disks are mounted as they were, and no overlay is. */
export function onCopy<T>(stages: Stage | readonly Stage[], act: () => T): T {
  const all = [stages].flat();
  const disks = all.flatMap((stage) => stage.disks).filter((disk) => disk.mounted);
  for (const disk of disks) disk.umount();
  const originals = disks.map((disk) => disk.use(disk.copy()));
  try {
    for (const disk of disks) disk.mount();
    return act();
  } finally {
    for (const stage of all) stage.umountOverlay();
    for (const disk of disks) disk.umount();
    disks.forEach((disk, i) => {
      closeSync(disk.use(originals[i] as number));
    });
    for (const disk of disks) disk.mount();
  }
}
