/** Take changes back, from the last to the first, a batch at a time, so that a crash in the middle can be gone on from. */
import { inJournal } from "./change.js";
import { encode } from "./codec.js";
import type { Folder } from "./folder.js";
import type { Ground } from "./ground.js";
import type { JournaledBatch } from "./journal.js";
import { judge, type Verdict } from "./judge.js";
import { unmakeChange } from "./making.js";
import { settleTimes } from "./times.js";
import { must, Stop, showPlace } from "./trouble.js";
import { Trouble } from "./types.js";

const EEXIST = -17;

/**
 * Take back the changes from number `made` - 1 down to `to`. Afterwards they are, but not yet for certain on the disk.
 * `batches`: those whose changes may have been made, and whose directories have other times therefore.
 * `asked`: polled before each change; true stops there, for whoever recovers to go on. @throws Stop
 */
export function takeBack(
  ground: Ground,
  folder: Folder,
  batches: readonly JournaledBatch[],
  made: number,
  to: number,
  asked: () => boolean = () => false,
): void {
  if (batches.length === 0) return;
  // What was made goes back to where it was made.
  const aside = ground.mkdir(inJournal("aside"), 0o700);
  if (aside !== EEXIST) must(aside, `make ${folder.shown}/aside`);
  for (let i = batches.length - 1; i >= 0; i--) {
    const { first, changes, touched } = batches[i] as JournaledBatch;
    if (first + changes.length < to) return;
    const low = Math.max(first, to);
    for (let n = Math.min(made, first + changes.length) - 1; n >= low; n--) {
      const change = changes[n - first];
      if (change === undefined) continue;
      if (asked())
        throw new Stop(new Trouble("stopped", `${folder.id} is half undone: the next run goes on`));
      const result = unmakeChange(ground, change);
      // A call that failed may have done its work all the same. What is neither so nor so is somebody else's doing.
      if (result !== 0 && !isTakenBack(judge(change, ground))) {
        must(result, `take back ${change.op} ${showPlace(change.at)}`);
      }
    }
    settleTimes(ground, touched);
    if (i === 0 || low === to) continue;
    folder.syncAll();
    folder.commit(encode({ kind: "back", to: low }));
  }
}

const isTakenBack = (verdict: Verdict): boolean => verdict === "old" || verdict === "blocked";
