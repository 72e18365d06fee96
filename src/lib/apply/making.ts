/** A change made, and unmade. Neither looks: who calls has judged what stands there. */
import type { Errno } from "../host/native.js";
import type { Change } from "./change.js";
import type { Ground } from "./ground.js";

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

function fill(ground: Ground, change: Fill, asked: () => boolean): 0 | Errno | "stopped" {
  // Where a filesystem cannot punch holes nothing is copied: it could not be taken back.
  const isPossible = ground.empty(change.at, change.looks);
  if (isPossible !== 0) return isPossible;
  for (let at = 0; at < change.size; ) {
    const next = ground.copyData(change.from, change.at, at, PIECE);
    if (next < 0) return next;
    at = next;
    if (at < change.size && asked()) return "stopped";
  }
  return ground.settle(change.at, change.looks);
}

export function unmakeChange(ground: Ground, change: Change): 0 | Errno {
  switch (change.op) {
    case "fill":
      return ground.empty(change.at, change.looks);
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
