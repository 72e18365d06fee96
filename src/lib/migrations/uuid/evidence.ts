/**
 * Is it the UUID alone that has changed? A copy on another disk has another UUID, too, and its inodes may by chance have
 * the numbers of the old ones: so what the renewed handles lead to has to be what the layers show.
 */
import { isDir, sameType } from "../../kernel/env.js";
import type { Facts } from "../../plan/facts.js";
import { upperAt } from "../../plan/planners/changes.js";
import { INDEX, UPPER_ROOT } from "../../plan/planners/index-directory.js";
import { topRoot } from "../../plan/planners/layer-evidence.js";
import { mergedWith } from "../../plan/planners/lower-parts.js";
import type { Place } from "../../plan/types.js";
import { type Handles, onlyUuidDiffers } from "./handles.js";

/** A root's mark that is of another UUID. */
export interface Mark {
  readonly at: Place;
  readonly name: "origin" | "upper";
  readonly value: Buffer;
}

/** The index directory's first, upper's root last; null where one of them differs in more than the UUID. */
export function staleMarks(facts: Facts): readonly Mark[] | null {
  const upper = facts.encode(UPPER_ROOT);
  const lower = facts.encode(topRoot(facts));
  const marks = [
    { at: INDEX, name: "upper", value: upper },
    { at: INDEX, name: "origin", value: lower },
    { at: UPPER_ROOT, name: "origin", value: lower },
  ] as const;
  const stale: Mark[] = [];
  for (const { at, name, value } of marks) {
    const stored = facts.examine(at)?.xattrs.get(name);
    if (value === null || !Buffer.isBuffer(stored) || stored.equals(value)) continue;
    if (!onlyUuidDiffers(stored, value)) return null;
    stale.push({ at, name, value });
  }
  return stale;
}

/** Where the origins lead with the new UUID; none of them to what it cannot be. */
export interface Proof {
  /** Origins that lead, with the new UUID, to an object of the right type. */
  readonly right: number;
  /** Origins that still lead nowhere. */
  readonly nowhere: number;
}

/** Null where an origin leads to something that it cannot be. */
export function prove(facts: Facts, handles: Handles): Proof | null {
  let right = 0;
  let nowhere = 0;
  for (const [stored, claimants] of facts.origins()) {
    const fh = handles.renew(stored);
    if (fh === null) continue;
    const lower = facts.decode(fh);
    if (lower === null) {
      nowhere++;
      continue;
    }
    for (const { paths } of claimants) {
      const [path] = paths;
      const object = path === undefined ? null : facts.examine(upperAt(path));
      if (path === undefined || object === null) continue;
      if (!sameType(object, lower.object)) return null;
      const merged = isDir(object) ? mergedWith(facts, path) : null;
      if (merged !== null && !merged.fh.equals(fh)) return null;
    }
    right++;
  }
  return right >= nowhere ? { right, nowhere } : null;
}
