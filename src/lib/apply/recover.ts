/**
 * A run, or an undo, that was interrupted: finish what only lacks its formalities, take back the rest. Where
 * the overlay was mounted meanwhile, or something is as neither the run found it nor as it made it, nothing is touched.
 */
import { plural } from "../report/text.js";
import { encode } from "./codec.js";
import type { Folder } from "./folder.js";
import type { Ground } from "./ground.js";
import { countChanges, type Journal, type JournaledBatch } from "./journal.js";
import { countMade, judge } from "./judge.js";
import { layersOf, requireLayersOf } from "./lower.js";
import { Rewind } from "./rewind.js";
import { takeBack } from "./rollback.js";
import { concernsScratch, readStamp, sameStamp } from "./stamp.js";
import { Stop, showPlace } from "./trouble.js";
import { type Recovery, Trouble } from "./types.js";

type Ended = Exclude<Recovery, { readonly kind: "none" }>;
/** How it ended: what became of it, changes taken back, why. */
type Outcome = readonly [Ended["kind"], number, string];

/** `undoing`: the run had ended, and was being taken back. @throws Stop, HostError */
export function recoverFolder(ground: Ground, folder: Folder, undoing: boolean): Ended {
  const [kind, changes, why] = bringToAnEnd(ground, folder, undoing);
  return { kind, journal: folder.id, undoing, changes, why };
}

function bringToAnEnd(ground: Ground, folder: Folder, undoing: boolean): Outcome {
  const journal = readJournal(folder);
  if (journal === null && !folder.isEmpty()) {
    folder.rename("left");
    return ["left", 0, `its journal is lost: look into ${folder.shown}`];
  }
  if (journal === null || journal.batches.length === 0) return discard(folder);
  // A filesystem that is full must not keep this from being taken back.
  folder.giveUpReserve();
  if (journal.torn) folder.append(`\n${encode({ kind: "recovered" })}`);
  if (journal.undone !== null) {
    folder.tidy();
    folder.rename("undone");
    return [undoing ? "finished" : "rolled-back", 0, "everything is as it was before it"];
  }
  if (journal.finished !== null && !undoing) {
    folder.tidy();
    folder.rename("finished");
    return ["finished", 0, "it had come to its end"];
  }
  const changes = rollBack(ground, folder, journal);
  if (typeof changes === "string") {
    folder.rename("left");
    return ["left", 0, `${changes}: nothing was touched; check the overlay, and look into ${folder.shown}`];
  }
  const what = undoing ? "its undo has gone on to the end" : "what it did is taken back";
  return [undoing ? "finished" : "rolled-back", changes, `${what} (${plural(changes, "change")})`];
}

/** Null where nothing can have been done. @throws Stop where it is none of this version's. */
export function readJournal(folder: Folder): Journal | null {
  const journal = folder.read();
  if (!("problem" in journal)) return journal;
  switch (journal.problem) {
    case "empty":
      return null;
    case "future":
      throw new Stop(
        new Trouble("future-journal", `${folder.shown}: ${journal.why}; use the newer version that wrote it`),
      );
    case "bad":
      throw new Stop(
        new Trouble(
          "bad-journal",
          `${folder.shown}/journal: ${journal.why}; look at it, and move the folder away`,
        ),
      );
  }
}

function discard(folder: Folder): Outcome {
  if (folder.discard()) return ["rolled-back", 0, "nothing had been done"];
  folder.rename("left");
  return ["left", 0, `somebody else put something there: look into ${folder.shown}`];
}

/** Take everything back that was made; how many changes that were, or why nothing was touched. */
function rollBack(ground: Ground, folder: Folder, journal: Journal): number | string {
  return ground.named(journal.header.prefix, () => rollBackNamed(ground, folder, journal));
}

function rollBackNamed(ground: Ground, folder: Folder, journal: Journal): number | string {
  const foreign = findForeign(ground, journal);
  if (foreign !== null) return foreign;
  requireLayersOf(ground, journal);
  const { finished, batches } = journal;
  const own = batches.map(concernsScratch);
  const mark = finished === null ? journal.header.stamp : finished.stamp;
  const concern = own.includes("itself") ? "itself" : own.includes("names") ? "names" : "none";
  if (!sameStamp(mark, readStamp(ground), concern)) return "the overlay has been mounted since";
  const open = batchesUpTo(batches, limitOf(journal));
  const made = countAllMade(ground, open);
  if (made < 0) return oddIn(ground, open.at(-1));
  const odd = findOdd(ground, open, made, true);
  if (odd !== null) return odd;
  carryOutRollback(ground, folder, open, made);
  return made;
}

/** The changes from this number on were never begun, or are taken back for certain: nothing of them is on the disk. */
function limitOf({ batches, finished, back }: Journal): number {
  return back ?? finished?.changes ?? countChanges(batches);
}

function batchesUpTo(batches: readonly JournaledBatch[], limit: number): JournaledBatch[] {
  return batches
    .filter(({ first }) => first < limit)
    .map(({ first, touched, changes }) => ({ first, touched, changes: changes.slice(0, limit - first) }));
}

/**
 * How many changes are made. Whatever comes before the last of these batches is, and is on the disk; of the last one the disk
 * tells. -1 where it does not.
 */
function countAllMade(ground: Ground, open: readonly JournaledBatch[]): number {
  const last = open.at(-1);
  if (last === undefined) return 0;
  const count = countMade(last.changes, ground);
  return count < 0 ? -1 : last.first + count;
}

/** Which change of a batch was made, and then changed by somebody else. */
function oddIn(ground: Ground, batch: JournaledBatch | undefined): string {
  const odd = batch?.changes.findLast((change) => judge(change, ground) === "neither");
  if (odd === undefined) return "something else has changed the layers since";
  return `${showPlace(odd.at)} was changed by somebody else since`;
}

/**
 * Check them all before the first is taken back: what is not as this run made it? Null: nothing. `interrupted`: of the last
 * batch, not all may have come to the disk.
 */
export function findOdd(
  ground: Ground,
  batches: readonly JournaledBatch[],
  made: number,
  interrupted = false,
): string | null {
  const rewind = new Rewind(ground, ground.list);
  for (const [back, { first, changes }] of batches.toReversed().entries()) {
    for (let n = Math.min(made - first, changes.length) - 1; n >= 0; n--) {
      const change = changes[n];
      if (change === undefined || rewind.takeBack(change, interrupted && back === 0)) continue;
      return `${showPlace(change.at)} is not as that run left it`;
    }
  }
  return null;
}

/** What the journal is about that is not of this overlay; it has to name all that it is about. Null: nothing. */
export function findForeign(ground: Ground, journal: Journal): string | null {
  const { layers, uuid } = journal.header;
  for (const name of new Set(["upper", "work", ...layersOf(journal)])) {
    const named = layers.filter((layer) => layer.name === name);
    if (named.length !== 1 || named[0]?.ino !== ground.rootIno(name)) return `it is about another ${name}`;
  }
  return uuid === ground.uuid ? null : "it is about another filesystem";
}

/** The last line, and the folder's name, included. */
export function carryOutRollback(
  ground: Ground,
  folder: Folder,
  batches: readonly JournaledBatch[],
  made: number,
  asked?: () => boolean,
): void {
  takeBack(ground, folder, batches, made, 0, asked);
  folder.syncAll();
  folder.commit(encode({ kind: "undone", stamp: readStamp(ground) }));
  folder.tidy();
  folder.rename("undone");
}
