/** The mark of a mount: the directory work/work, by which a run knows whether somebody has mounted the overlay since. */
import type { Place } from "../plan/place.js";
import { arrival, type Change } from "./change.js";
import type { Stamp } from "./codec.js";
import type { Ground } from "./ground.js";
import type { JournaledBatch } from "./journal.js";

const SCRATCH: Place = { layer: "work", path: Buffer.from("work") };

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

/** Names in work/work count where the batch has noted its times; whatever else is in `touched` is elsewhere. */
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

/** Has nobody mounted the overlay between the two? `own`: what a run did about work/work in between, which is not held against it. */
export function sameStamp(one: Stamp | null, other: Stamp | null, own: OwnChange = "none"): boolean {
  if (own === "itself") return true;
  if (one === null || other === null) return one === other;
  return one.ino === other.ino && (own === "names" || one.ctimeNs === other.ctimeNs);
}
