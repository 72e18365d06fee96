/** Take back a run that has ended. Everything is looked at before the first change is taken back. */
import type { Stamp, Touched } from "./codec.js";
import { Folder } from "./folder.js";
import type { Ground } from "./ground.js";
import { type Runs, refuseGap } from "./home.js";
import type { Journal } from "./journal.js";
import { requireLayersOf } from "./lower.js";
import { carryOutRollback, findForeign, findOdd, readJournal } from "./recover.js";
import { readStamp, sameStamp } from "./stamp.js";
import { noteTimes } from "./times.js";
import { Stop } from "./trouble.js";
import { Trouble, type UndoResult } from "./types.js";

const WAS_LEFT = "was left as it was, since the overlay had changed";

export interface UndoOptions {
  /** Only tell whether it could be. */
  readonly dryRun: boolean;
  /** Polled between changes: true stops there, and whoever recovers goes on. */
  readonly asked?: () => boolean;
}

/** @throws Stop, HostError */
export function undoRun(
  ground: Ground,
  runs: Runs,
  id: string,
  { dryRun, asked = () => false }: UndoOptions,
): UndoResult {
  const { folders } = runs;
  const newest = folders.findLast(({ state }) => state !== "undone");
  const wanted = folders.find((folder) => folder.id === id);
  if (wanted === undefined) throw refused("no-journal", `there is no run ${id}`);
  if (wanted.state === "undone") throw refused("no-journal", `${id} is undone already`);
  if (newest !== undefined && wanted !== newest) {
    const why = newest.state === "left" ? `${WAS_LEFT}: ${id} cannot be undone` : "has to be undone first";
    throw refused("no-journal", `${newest.id} came after ${id}, and ${why}`);
  }
  if (wanted.state !== "finished") throw refused("no-journal", `${id} ${WAS_LEFT}: it cannot be undone`);
  refuseGap(runs, wanted);
  const later = folders
    .slice(folders.indexOf(wanted) + 1)
    .map((name) => readJournal(Folder.existing(ground, name)));
  const folder = Folder.existing(ground, wanted);
  const journal = readJournal(folder);
  if (journal === null || journal.finished === null)
    throw refused("bad-journal", `${folder.shown}/journal has no end`);
  const { changes, actions } = journal.finished;
  const foreign = findForeign(ground, journal);
  if (foreign !== null) throw refused("changed", `${id} cannot be undone here: ${foreign}`);
  requireLayersOf(ground, journal);
  if (wasMounted(ground, journal, later)) {
    throw refused(
      "mounted",
      `the overlay has been mounted since ${id}, and may show what it did: it cannot be undone`,
    );
  }
  const made = journal.batches
    .filter(({ first }) => first < changes)
    .map(({ first, touched, changes: all }) => ({
      first,
      touched: touched.map((was) => timesToKeep(ground, was)),
      changes: all.slice(0, changes - first),
    }));
  const { prefix } = journal.header;
  const odd = ground.named(prefix, () => findOdd(ground, made, changes));
  if (odd !== null) throw refused("changed", `${id} cannot be undone: ${odd}`);
  if (!dryRun) {
    if (asked()) throw new Stop(new Trouble("stopped", "stopped on demand, nothing was taken back"));
    folder.rename("undoing");
    ground.named(prefix, () => carryOutRollback(ground, folder, made, changes, asked));
  }
  return { id, actions, changes, undone: !dryRun };
}

/** A run leaves directories with the times that they had. Where somebody has changed one since, its times are theirs. */
function timesToKeep(ground: Ground, was: Touched): Touched {
  if (ground.look(was.at)?.ino !== was.ino) return was;
  const now = noteTimes(ground, was.at);
  return now.mtimeNs === was.mtimeNs ? was : now;
}

/** Each run begins with the work/work that the one before it ended with, and the last with the one that is there now. */
function wasMounted(ground: Ground, journal: Journal, later: readonly (Journal | null)[]): boolean {
  let last: Stamp | null = journal.finished?.stamp ?? null;
  for (const next of later) {
    if (next === null || next.undone === null || !sameStamp(last, next.header.stamp)) return true;
    last = next.undone.stamp;
  }
  return !sameStamp(last, readStamp(ground));
}

function refused(kind: "no-journal" | "bad-journal" | "changed" | "mounted", why: string): Stop {
  return new Stop(new Trouble(kind, why));
}
