/** What has to hold before anything is written, and goes on to hold between batches. */
import { findUse, scanUses } from "../layers/inuse.js";
import { locate, mountTable } from "../layers/location.js";
import type { Action, Place } from "../plan/types.js";
import { plural } from "../report/text.js";
import type { Stamp } from "./codec.js";
import type { Ground } from "./ground.js";
import type { JournaledBatch } from "./journal.js";
import { troubleOf } from "./trouble.js";
import { type ApplyHost, type Root, type Target, Trouble } from "./types.js";

const SCRATCH = { layer: "work", path: Buffer.from("work") };
const DT_CHECKED = ["upper", "work"] as const;

/**
 * The directory work/work as it is now. The kernel makes it anew with each mount that may
 * write (ovl_workdir_create), so that another one tells of a mount that is over, too. @throws HostError
 */
export function readStamp(ground: Ground): Stamp | null {
  const found = ground.look(SCRATCH);
  return found === null ? null : { ino: found.ino, ctimeNs: found.ctimeNs };
}

/** What a batch does about work/work: nothing, to names in it (its ctime is not the kernel's then), or to itself. */
export type OwnChange = "none" | "names" | "itself";

export function concernsScratch(batch: Pick<JournaledBatch, "changes" | "touched">): OwnChange {
  const is = ({ layer, path }: Place): boolean => layer === "work" && path.equals(SCRATCH.path);
  if (batch.changes.some(({ at }) => is(at))) return "itself";
  return batch.touched.some(({ at }) => is(at)) ? "names" : "none";
}

export function sameStamp(one: Stamp | null, other: Stamp | null, own: OwnChange = "none"): boolean {
  if (own === "itself") return true;
  if (one === null || other === null) return one === other;
  return one.ino === other.ino && (own === "names" || one.ctimeNs === other.ctimeNs);
}

/** Is an overlay mounted with upper, work, or a lower layer that is to be written? In any mount namespace. */
export function findMount(host: ApplyHost, target: Target, lower: readonly string[]): Trouble | null {
  const uses = scanUses(host.files, lower.length > 0);
  const table = mountTable(host.files);
  const roots: [string, Root][] = DT_CHECKED.map((name) => [name, target[name]]);
  for (const layer of target.lower) if (lower.includes(layer.name)) roots.push([layer.name, layer]);
  for (const [name, root] of roots) {
    const located = locate(host.files, table, root.path);
    const known = typeof located === "number" ? null : located;
    const { use, useAbove } = findUse(uses, {
      object: `${root.dev}:${root.ino}`,
      location: known?.location ?? null,
      path: root.path,
      real: known?.path ?? null,
    });
    const found = use ?? useAbove;
    if (found === null) continue;
    const who = found.pid === null ? "" : ` (in the mount namespace of process ${found.pid})`;
    return new Trouble(
      "in-use",
      `${name} is used by the overlay mounted at ${found.mountpoint}${who}: unmount it first`,
    );
  }
  return null;
}

/** Bytes: a line of the journal beside its paths and values, and what a change takes in directories and inodes. */
const LINE = 160;
const CHANGE = 512;
const OBJECT = 4096;
const SPARE = 1 << 20;
const SPARE_INODES = 16;

/** Is there room for the journal and for what is made? Estimated, and rather too much than too little. */
export function findShortage(ground: Ground, actions: readonly Action[]): Trouble | null {
  let bytes = SPARE;
  let inodes = SPARE_INODES;
  for (const { steps } of actions) {
    for (const step of steps) {
      bytes += LINE + CHANGE + 2 * step.at.path.length;
      if (step.op === "xattr") bytes += 3 * (step.value?.length ?? 0) + 2 * (step.old?.length ?? 0);
      else if (step.op === "link") bytes += 2 * step.from.path.length;
      else if (step.op === "unlink") bytes += 2 * step.other.path.length;
      else if (step.op === "move") bytes += 2 * step.to.path.length;
      else if (step.op === "make" && step.what.kind === "directory") {
        bytes += OBJECT;
        inodes++;
      }
    }
  }
  const space = ground.host.writer.space(ground.work);
  if (typeof space === "number") return troubleOf(space, "free space of the work directory's filesystem");
  const where = "the filesystem of upper and work";
  if (space.bytes < bytes) {
    const [need, free] = [bytes, space.bytes].map((n) => `${(n / (1 << 20)).toFixed(1)} MiB`);
    return new Trouble("no-space", `${where} has ${free} free, and up to ${need} are needed: make room`);
  }
  if (space.inodes !== null && space.inodes < inodes) {
    const need = plural(inodes, "inode");
    return new Trouble(
      "no-space",
      `${where} has ${space.inodes} free, and up to ${need} are needed: make room`,
    );
  }
  return null;
}
