/** What has to hold before anything is written, and goes on to hold between batches. */
import { findUse, scanUses, type UseTable } from "../layers/inuse.js";
import { locate, mountTable } from "../layers/location.js";
import type { Action, Place } from "../plan/types.js";
import { plural } from "../report/text.js";
import { arrival, type Change } from "./change.js";
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

const isScratch = ({ layer, path }: Place): boolean => layer === "work" && path.equals(SCRATCH.path);

export function concernsScratch(batch: Pick<JournaledBatch, "changes" | "touched">): OwnChange {
  const { changes, touched } = batch;
  if (changes.some((change) => isScratch(change.at) || arrivesAtScratch(change))) return "itself";
  return touched.some(({ at }) => isScratch(at)) ? "names" : "none";
}

function arrivesAtScratch(change: Change): boolean {
  const to = arrival(change);
  return to !== null && isScratch(to);
}

/** Is `now` what a batch may have made of `before`? Another directory is somebody else's. */
export function isOwnDoing(
  before: Stamp | null,
  now: Stamp | null,
  batch: Pick<JournaledBatch, "changes" | "touched">,
): boolean {
  let ino = before?.ino ?? null;
  for (const change of batch.changes) {
    if (arrivesAtScratch(change)) ino = change.ino;
    else if (change.op === "rename" && isScratch(change.at)) ino = null;
  }
  return (now?.ino ?? null) === ino;
}

export function sameStamp(one: Stamp | null, other: Stamp | null, own: OwnChange = "none"): boolean {
  if (own === "itself") return true;
  if (one === null || other === null) return one === other;
  return one.ino === other.ino && (own === "names" || one.ctimeNs === other.ctimeNs);
}

/**
 * Is an overlay mounted with upper, work, or a lower layer that is to be written? In any mount namespace. Upper may
 * be a lower layer of it as well: the kernel allows that, but not that it is changed then. To write to a lower
 * layer it has to be known of every overlay what it uses.
 */
export function findMount(host: ApplyHost, target: Target, lower: readonly string[]): Trouble | null {
  const uses = scanUses(host.files, true);
  const writing = { ...uses, directories: uses.directories.filter(({ use }) => use.role !== "lower") };
  const table = mountTable(host.files);
  const roots: [string, Root][] = DT_CHECKED.map((name) => [name, target[name]]);
  for (const layer of target.lower) if (lower.includes(layer.name)) roots.push([layer.name, layer]);
  for (const [name, root] of roots) {
    const located = locate(host.files, table, root.path);
    const known = typeof located === "number" ? null : located;
    const candidate = {
      object: `${root.dev}:${root.ino}`,
      location: known?.location ?? null,
      path: root.path,
      real: known?.path ?? null,
    };
    // Whole trees are lower layers of a sandbox: an upper layer somewhere below one is not part of it for that.
    const above = DT_CHECKED.some((one) => one === name) ? writing : uses;
    const found = findUse(uses, candidate).use ?? findUse(above, candidate).useAbove;
    if (found === null) continue;
    const who = found.pid === null ? "" : ` (in the mount namespace of process ${found.pid})`;
    return new Trouble(
      "in-use",
      `${name} is used by the overlay mounted at ${found.mountpoint}${who}: unmount it first`,
    );
  }
  return lower.length === 0 ? null : findUnknown(uses, lower);
}

function findUnknown({ complete, unknown }: UseTable, lower: readonly string[]): Trouble | null {
  const layers = lower.join(", ");
  if (unknown.length > 0) {
    const where = unknown.join(", ");
    const message = `the overlay mounted at ${where} may use ${layers}, its layers cannot be told: unmount it first`;
    return new Trouble("in-use", message);
  }
  if (complete) return null;
  const why = "the mounts of some processes cannot be read";
  return new Trouble("in-use", `an overlay may use ${layers}, ${why}: run as root of the initial namespace`);
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
