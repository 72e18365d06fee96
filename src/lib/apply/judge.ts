/** Was a change made? Told from the disk alone: what a journal says has happened may not have come to the disk. */
import type { Attributes, Content, Glance } from "../host/native.js";
import type { Looks } from "../host/writer.js";
import { isWhiteoutDevice } from "../kernel/env.js";
import type { Place } from "../plan/types.js";
import { type Change, same, type XattrName } from "./change.js";
import { isLike } from "./likeness.js";

/** What stands somewhere, and the value of one xattr of it; null for nothing. */
export type Look = (at: Place, xattr: XattrName | null) => Pick<Glance, "ino" | "value"> | null;

/** What changes are told from. */
export interface Sight {
  readonly look: Look;
  /** Of a regular file; null for anything else. */
  readonly content: (at: Place) => Omit<Content, "dev" | "ctimeNs"> | null;
  /** Is all data of the first file what the other has in its place? Zeros aside: they may be a hole that was filled. */
  readonly isPart: (at: Place, from: Place) => boolean;
  /** Null for nothing. */
  readonly attributes: (at: Place) => Omit<Attributes, "dev" | "ino" | "ctimeNs" | "flags"> | null;
}

/**
 * - `old`: not made, and it could be.
 * - `blocked`: not made, and something else has the name that would come.
 * - `new`: made.
 * - `torn`: a fill that was begun, or half taken back; a whiteout that is back, and does not look as it did. It is taken
 *   back as a whole one is.
 * - `neither`: somebody else was here.
 */
export type Verdict = "old" | "blocked" | "new" | "torn" | "neither";

/**
 * From the places of the change alone. Whoever asks knows that no later change of the run, not taken back yet, was about
 * the same: it could not be told apart from this one otherwise (batch.ts, rewind.ts).
 */
export function judge(change: Change, sight: Sight): Verdict {
  if (change.op === "fill") return judgeFill(change, sight);
  if (change.op === "uncover") return judgeUncover(change, sight);
  const { ino } = change;
  const { look } = sight;
  const at = look(change.at, change.op === "xattr" ? change : null);
  switch (change.op) {
    case "xattr": {
      if (at?.ino !== ino) return "neither";
      const { value } = at;
      if (typeof value === "number") return "neither";
      if (same(value, change.value)) return "new";
      return same(value, change.old) ? "old" : "neither";
    }
    case "link":
      // A link whose source is gone may be the last name of its inode: taken back, it would be lost.
      if (look(change.from, null)?.ino !== ino) return "neither";
      if (at?.ino === ino) return "new";
      return at === null ? "old" : "blocked";
    case "unlink":
      if (look(change.other, null)?.ino !== ino) return "neither";
      if (at === null) return "new";
      return at.ino === ino ? "old" : "neither";
    case "rename": {
      const to = look(change.to, null);
      if (at === null) return to?.ino === ino ? "new" : "neither";
      if (at.ino !== ino) return "neither";
      return to === null ? "old" : "blocked";
    }
  }
}

/**
 * The file had no data before, so whatever data it has is what was copied, as long as it looks as it did: who else writes to
 * it leaves another mtime. In between the kernel has set that, and taken off what a write takes off; the mark goes
 * when all is done, so without it nobody was interrupted here. Then only the data itself tells whose it is.
 */
function judgeFill(change: Change & { op: "fill" }, { look, content, isPart }: Sight): Verdict {
  const { at, ino, from, size, looks } = change;
  const now = content(at);
  if (now?.ino !== ino || now.size !== size) return "neither";
  if (now.mtimeNs === looks.mtimeNs && now.mode === looks.mode && same(now.capability, looks.capability))
    return now.data > 0 ? "new" : "old";
  const isOpen = isWritten(now, looks) && Buffer.isBuffer(look(at, { name: "metacopy" })?.value);
  return isOpen && (now.data === 0 || isPart(at, from)) ? "torn" : "neither";
}

/**
 * Whichever inode it is: one that was made anew has another number, or the same by chance. A whiteout is nothing but its
 * attributes.
 */
function judgeUncover({ at, like }: Change & { op: "uncover" }, { attributes }: Sight): Verdict {
  const now = attributes(at);
  if (now === null) return "new";
  if (!isWhiteoutDevice(now)) return "neither";
  return isLike(now, like) ? "old" : "torn";
}

const S_ISUID_OR_S_ISGID = 0o6000;

/** file_remove_privs() */
const isWritten = (now: Looks, looks: Looks): boolean =>
  (now.mode | S_ISUID_OR_S_ISGID) === (looks.mode | S_ISUID_OR_S_ISGID) &&
  (now.capability === null || same(now.capability, looks.capability));

/** Something of it is on the disk. */
export const isBegun = (verdict: Verdict): boolean => verdict === "new" || verdict === "torn";

/**
 * How many of a batch's changes were made. They are made in order, and a batch's changes can be told
 * from each other (batch.ts): the last that was made is the last that looks so, and none after it may look as if
 * anything had happened to it. -1 where that does not hold: somebody else was here.
 */
export function countMade(changes: readonly Change[], sight: Sight): number {
  for (let n = changes.length; n > 0; n--) {
    const verdict = judge(changes[n - 1] as Change, sight);
    if (isBegun(verdict)) return n;
    if (verdict === "neither") return -1;
  }
  return 0;
}
