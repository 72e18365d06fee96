/** A change made, and unmade. Neither looks: who calls has judged what stands there. */
import type { Errno } from "../host/native.js";
import type { Change } from "./change.js";
import type { Ground } from "./ground.js";

export function makeChange(ground: Ground, change: Change): 0 | Errno {
  switch (change.op) {
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

export function unmakeChange(ground: Ground, change: Change): 0 | Errno {
  switch (change.op) {
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
