/** Was a change made? Told from the disk alone: what a journal says has happened may not have come to the disk. */
import type { Glance } from "../host/native.js";
import type { Place } from "../plan/types.js";
import { type Change, same, type XattrName } from "./change.js";

/** What stands somewhere, and the value of one xattr of it; null for nothing. */
export type Look = (at: Place, xattr: XattrName | null) => Pick<Glance, "ino" | "value"> | null;

/**
 * - `old`: not made, and it could be.
 * - `blocked`: not made, and something else has the name that would come.
 * - `new`: made.
 * - `neither`: somebody else was here.
 */
export type Verdict = "old" | "blocked" | "new" | "neither";

/**
 * From the places of the change alone. Whoever asks knows that no later change of the run, not taken back yet, was about
 * the same: it could not be told apart from this one otherwise (batch.ts, rewind.ts).
 */
export function judge(change: Change, look: Look): Verdict {
  const { ino } = change;
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
 * How many of a batch's changes were made. They are made in order, and a batch's changes can be told
 * from each other (batch.ts): the last that was made is the last that looks so, and none after it may look as if
 * anything had happened to it. -1 where that does not hold: somebody else was here.
 */
export function countMade(changes: readonly Change[], look: Look): number {
  for (let n = changes.length; n > 0; n--) {
    const verdict = judge(changes[n - 1] as Change, look);
    if (verdict === "new") return n;
    if (verdict === "neither") return -1;
  }
  return 0;
}
