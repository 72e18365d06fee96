/** What a journal cannot hold, told before anything is written: one that cannot be read back would bar every later run. */
import type { Action, Step } from "../plan/types.js";
import { showPath } from "../report/text.js";
import { tooLarge } from "./codec.js";
import type { Ground } from "./ground.js";
import { JOURNAL_MAX } from "./journal.js";
import { bytesToJson } from "./line.js";
import { showPlace } from "./trouble.js";
import { Trouble } from "./types.js";

/** Bytes of a change's lines beside its paths and values: checksum, words, numbers, and the directory's own line. */
const LINE = 200;
/** Left free for the lines that end a journal, or that tell how far it was taken back. */
const ENDING = 16 << 20;

/** `written`: bytes of the journal so far. Null: it holds them all. */
export function findUnfit(ground: Ground, actions: readonly Action[], written: number): Trouble | null {
  const { upper, work, lower } = ground.target;
  const open = lower.filter(({ name }) => ground.has(name));
  for (const { path, ino } of [upper, work, ...open]) {
    if (!Number.isSafeInteger(ino)) return tooLarge(showPath(path));
  }
  let bytes = written + ENDING;
  for (const { steps } of actions) {
    for (const step of steps) {
      if (step.op !== "make" && !Number.isSafeInteger(step.seen.ino)) return tooLarge(showPlace(step.at));
      bytes += sizeOf(step);
    }
  }
  if (bytes <= JOURNAL_MAX) return null;
  const why = "so many changes are more than a journal can hold: accept a part of them, and run again";
  return new Trouble("unsupported", why);
}

/** Bytes of its lines, and rather too many than too few: names of its directory are journaled, too. */
function sizeOf(step: Step): number {
  const path = bytesToJson(step.at.path).length;
  const bytes = LINE + 2 * path;
  switch (step.op) {
    case "xattr":
      return bytes + 2 * ((step.old?.length ?? 0) + (step.value?.length ?? 0));
    case "link":
      return bytes + bytesToJson(step.from.path).length;
    case "unlink":
      return bytes + bytesToJson(step.other.path).length;
    case "move":
      return bytes + 2 * bytesToJson(step.to.path).length;
    case "keep":
    case "make":
      return bytes;
  }
}
