/** A change made, and unmade. Neither looks: who calls has judged what stands there. */
import type { Errno } from "../host/native.js";
import type { Likeness } from "../host/writer.js";
import { isWhiteoutDevice } from "../kernel/env.js";
import type { Place } from "../plan/place.js";
import type { Change } from "./change.js";
import type { Ground } from "./ground.js";
import { isLike } from "./likeness.js";
import { changed } from "./trouble.js";

type Fill = Change & { readonly op: "fill" };
type Uncover = Change & { readonly op: "uncover" };

/** No hard link to a device there, or no further one. */
export const NO_LINK: ReadonlySet<Errno> = new Set([-1, -31, -95]);

/** Bytes of data that are copied between two looks at whether somebody wants to stop. */
const PIECE = 64 << 20;

/** `asked`: polled while much is copied; true stops there. */
export function makeChange(ground: Ground, change: Change, asked: () => boolean): 0 | Errno | "stopped" {
  switch (change.op) {
    case "fill":
      return fill(ground, change, asked);
    case "uncover":
      return uncover(ground, change);
    case "xattr":
      return ground.setXattr(change.at, change, change.value);
    case "link":
      return ground.link(change.from, change.at);
    case "unlink":
      return ground.unlink(change.at);
    case "rename":
      return ground.rename(change.at, change.to);
  }
}

/** @throws Stop where somebody has been at the file: what is in it now is not this run's to take away. */
function fill(ground: Ground, change: Fill, asked: () => boolean): 0 | Errno | "stopped" {
  const { at, ino, from, size } = change;
  // Its batch may have been compared hours ago, so much data is copied.
  const now = ground.content(at);
  if (now?.ino !== ino || now.size !== size || now.data > 0)
    throw changed(at, "it was changed after it was checked");
  // Where a filesystem cannot punch holes nothing is copied: it could not be taken back.
  const isPossible = empty(ground, change);
  if (isPossible !== 0) return isPossible;
  for (let offset = 0; offset < size; ) {
    const next = ground.copyData(from, at, ino, offset, PIECE);
    if (next < 0) return next;
    offset = next;
    if (offset < size && asked()) return "stopped";
  }
  return ground.settle(at, { ino, ...change.looks });
}

const empty = (ground: Ground, { at, ino, looks }: Fill): 0 | Errno => ground.empty(at, { ino, ...looks });

/** Takes a change back. 0, or the negative errno of the call that failed. */
export function unmakeChange(ground: Ground, change: Change): 0 | Errno {
  switch (change.op) {
    case "fill":
      return empty(ground, change);
    case "uncover":
      return coverAgain(ground, change);
    case "xattr":
      return ground.setXattr(change.at, change, change.old);
    case "link":
      return ground.unlink(change.at);
    case "unlink":
      return ground.link(change.other, change.at);
    case "rename":
      return ground.rename(change.to, change.at);
  }
}

/** @throws Stop where it is not the whiteout that was written down: what is there now could not be made again. */
function uncover(ground: Ground, { at, ino, like }: Uncover): 0 | Errno {
  const now = ground.attributes(at);
  if (now?.ino !== ino || !isWhiteoutDevice(now) || !isLike(now, like))
    throw changed(at, "it was changed after it was checked");
  return ground.unlink(at);
}

/** One more name of the whiteout that it was a name of, where that is there; else one of its own, which looks the same. */
function coverAgain(ground: Ground, { at, like, other }: Uncover): 0 | Errno {
  if (ground.look(at) === null) {
    const rest = other === null ? null : { layer: at.layer, path: other };
    const linked = rest !== null && isStill(ground, rest, like) ? ground.link(rest, at) : null;
    if (linked !== null && !NO_LINK.has(linked)) return linked;
    const made = ground.whiteout(at);
    if (made !== 0) return made;
  }
  // What was interrupted here has left one that has not all of its attributes yet.
  return ground.dress(at, like);
}

function isStill(ground: Ground, at: Place, like: Likeness): boolean {
  const now = ground.attributes(at);
  return now !== null && isWhiteoutDevice(now) && isLike(now, like);
}
