/** Times of directories: a run leaves them as they were, so that nobody sees that names in them came and went. */
import type { Place } from "../plan/place.js";
import type { Touched } from "./codec.js";
import type { Ground } from "./ground.js";
import { must, Stop, showPlace, troubleOf } from "./trouble.js";
import { Trouble } from "./types.js";

/** A directory's inode and times. @throws Stop where it is none any more. */
export function noteTimes(ground: Ground, at: Place): Touched {
  const found = ground.look(at);
  const times = ground.times(at);
  if (typeof times === "number") throw new Stop(troubleOf(times, `times of ${showPlace(at)}`));
  if (found === null) throw new Stop(new Trouble("changed", `${showPlace(at)} is gone: check again`));
  return { at, ino: found.ino, ...times };
}

/**
 * Give directories the times that they had. One that is gone was never there in the state that is come back to.
 * @throws Stop
 */
export function settleTimes(ground: Ground, directories: Iterable<Touched>): void {
  for (const { at, ino, atimeNs, mtimeNs } of directories) {
    if (ground.look(at)?.ino !== ino) continue;
    must(ground.setTimes(at, { atimeNs, mtimeNs }), `times of ${showPlace(at)}`);
  }
}
