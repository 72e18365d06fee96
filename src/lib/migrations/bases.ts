/** Names of upper against what lies below them now, and what lay there before. */
import { isDir, isWhiteoutDevice } from "../kernel/env.js";
import { join } from "../kernel/path.js";
import type { Facts } from "../plan/facts.js";
import { upperAt } from "../plan/planners/changes.js";
import { isOpaqueUpper, lowerBeside } from "../plan/planners/lower-parts.js";
import type { OldLower } from "./old-lower.js";
import type { Past } from "./types.js";

/** Names for which another lower layer makes a difference. */
export interface Bases {
  /** Names that upper hides, and that the old layers did not have; known with these only. */
  readonly covered: readonly Buffer[];
  /** Directories that show lower content, and were made in upper. */
  readonly merged: readonly Buffer[];
  /** Whiteouts of nothing. */
  readonly bare: readonly Buffer[];
}

/** Reads every directory of upper. @throws HostError */
export function compareBases({ facts, old }: Past): Bases {
  const bases = { covered: [] as Buffer[], merged: [] as Buffer[], bare: [] as Buffer[] };
  const waiting: Buffer[] = [Buffer.alloc(0)];
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
    for (const name of facts.list(upperAt(dir))) {
      const path = join(dir, name);
      const object = facts.examine(upperAt(path));
      if (object === null) continue;
      if (isDir(object)) waiting.push(path);
      // Its redirect, not its name, says what is below it.
      if (object.xattrs.has("redirect")) continue;
      const beside = lowerBeside(facts, path);
      if (isWhiteoutDevice(object) && beside === null) bases.bare.push(path);
      if (beside === null) continue;
      const hides = !isDir(object) || !isDir(beside.object) || isOpaqueUpper(facts, path);
      if (!hides && !object.xattrs.has("origin")) bases.merged.push(path);
      if (hides && old !== null && !had(facts, old, beside.place.path)) bases.covered.push(path);
    }
  }
  return bases;
}

/** Did any old layer have something there? */
const had = (facts: Facts, old: OldLower, path: Buffer): boolean =>
  facts.lowers.some((_, i) => {
    const layer = old.names[i];
    return layer !== undefined && old.examine({ layer, path }) !== null;
  });
