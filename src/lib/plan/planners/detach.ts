/** Take an upper directory off its lower one, so that it shows what upper has and nothing else. */
import type { Facts } from "../facts.js";
import type { Step } from "../types.js";
import { removeXattr, setOpaque, upperAt } from "./changes.js";
import { keepOwnEntry } from "./directory-entries.js";
import { isOpaqueUpper, originOf, wouldMerge } from "./lower-parts.js";

/** A directory that loses its redirect shows another lower one if its own name leads there: opaque keeps that out. */
export const needsOpaque = (facts: Facts, path: Buffer): boolean =>
  wouldMerge(facts, path) && !isOpaqueUpper(facts, path);

/** Nothing of lower shows in the directory any more. Its origin stays: handles of old lead to it by that. */
export function unmerge(facts: Facts, path: Buffer): Step[] {
  const at = upperAt(path);
  const opaque = needsOpaque(facts, path) ? setOpaque(facts, at) : [];
  return [...opaque, ...removeXattr(facts, at, "redirect")];
}

/** Nobody takes the directory for that lower one any more. An entry without an origin behind it would refuse the mount. */
export function forgetOrigin(facts: Facts, path: Buffer): Step[] {
  const at = upperAt(path);
  const origin = originOf(facts, path);
  const entry = origin === null ? [] : keepOwnEntry(facts, origin, path);
  return [...entry, ...removeXattr(facts, at, "origin")];
}

/** Both: the lower directory is another one's. */
export const detach = (facts: Facts, path: Buffer): Step[] => [
  ...unmerge(facts, path),
  ...forgetOrigin(facts, path),
];
