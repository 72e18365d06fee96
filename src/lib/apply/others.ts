/**
 * Of whiteouts that go, the name that each is linked to again when that is taken back: one of the same inode that stays, or
 * the next one that goes, which is back by then.
 */
import { inodeKey, placeKey } from "../plan/place.js";
import type { Action, Step } from "../plan/types.js";

type Uncover = Step & { readonly op: "uncover" };

/** By the step that takes the whiteout away; absent where there is no such name. */
export function othersOf(actions: readonly Action[]): ReadonlyMap<Step, Buffer> {
  const groups = new Map<string | number, Uncover[]>();
  for (const { steps } of actions) {
    for (const step of steps) {
      if (step.op !== "uncover" || step.names.length === 0) continue;
      const key = inodeKey(step.at.layer, step.seen.ino);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [step]);
      else group.push(step);
    }
  }
  const others = new Map<Step, Buffer>();
  for (const group of groups.values()) {
    const going = new Set(group.map(({ at }) => placeKey(at)));
    const [{ at, names }] = group as [Uncover, ...Uncover[]];
    const stays = names.find((path) => !going.has(placeKey({ layer: at.layer, path })));
    for (const [i, step] of group.entries()) {
      const other = stays ?? group[i + 1]?.at.path;
      if (other !== undefined) others.set(step, other);
    }
  }
  return others;
}
