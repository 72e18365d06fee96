/** A change made, and unmade. Neither looks: who calls has judged what stands there. */
import type { Errno } from "../host/native.js";
import type { Change } from "./change.js";
import type { Ground } from "./ground.js";
import { changed } from "./trouble.js";

type Fill = Change & { readonly op: "fill" };

/** Bytes of data that are copied between two looks at whether somebody wants to stop. */
const PIECE = 64 << 20;

/** `asked`: polled while much is copied; true stops there. */
export function makeChange(ground: Ground, change: Change, asked: () => boolean): 0 | Errno | "stopped" {
  switch (change.op) {
    case "fill":
      return fill(ground, change, asked);
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

export function unmakeChange(ground: Ground, change: Change): 0 | Errno {
  switch (change.op) {
    case "fill":
      return empty(ground, change);
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
