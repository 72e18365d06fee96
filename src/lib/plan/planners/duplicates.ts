/** Of several upper directories that stand for one lower one, one stays and the others show only what upper has. */
import type { Finding } from "../../catalogue/index.js";
import { isDir } from "../../kernel/env.js";
import type { Facts } from "../facts.js";
import type { Action, Proposal } from "../types.js";
import { answer, describe, quoted, setXattr, upperAt } from "./changes.js";
import { forgetOrigin, unmerge } from "./detach.js";
import { entryPlace } from "./directory-entries.js";
import { findLowerDirectory } from "./lower-directory.js";
import { handleOf, identityOf, isThis, type LowerIdentity } from "./lower-identity.js";
import { hasRedirect, lowerShown, originOf, placeOf } from "./lower-parts.js";
import { redirectTo } from "./redirects.js";
import { type Rival, type Rivals, rivalsFor } from "./rivals.js";

export function partDuplicates(found: Finding<"redirect-duplicate">, facts: Facts): Proposal {
  const { path } = found;
  if (path === null) return answer();
  const lower = lowerOf(found, facts, path);
  if (lower === null)
    return { left: "Find out which of the two is the original: neither says what it was copied from." };
  const rivals = rivalsFor(facts, lower, found.bytes?.other ?? null);
  const before = rivals.best;
  const own = rivals.rank(path);
  const stays = rivals.best;
  if (stays === null) return answer();
  if (own === stays && rivals.size === 1) return pointBack(found, facts, lower, path);
  const losers = own === stays ? unasked(rivals, before, found) : own === null ? [] : [own];
  const going = new Set([...losers, ...rivals.takeSilent()]);
  going.delete(stays);
  return answer(...[...going].map((loser) => giveWay(found, facts, lower, stays, loser)));
}

/** Those that have no finding, or whose finding was answered when they seemed to be the one to stay. */
function unasked(rivals: Rivals, before: Rival | null, found: Finding): Rival[] {
  const paths = [found.bytes?.other, rivals.entry, before?.path];
  const all = paths.map((path) => (path === undefined || path === null ? null : rivals.rank(path)));
  return [...new Set(all)].filter((one) => one !== null);
}

function lowerOf(found: Finding, facts: Facts, path: Buffer): LowerIdentity | null {
  const fh = found.bytes?.fh;
  if (fh !== undefined) return { fh };
  const shown = lowerShown(facts, path);
  if (shown !== null) return identityOf(shown);
  const origin = originOf(facts, path);
  return origin === null ? null : { fh: origin };
}

/** Nobody else has part in the lower directory: it is the entry that does not say so. */
function pointBack(found: Finding, facts: Facts, lower: LowerIdentity, path: Buffer): Proposal {
  const fh = handleOf(lower);
  const at = fh === null ? null : entryPlace(fh);
  const entry = at === null ? null : facts.examine(at);
  if (at === null || entry === null || !isDir(entry)) return answer();
  return answer({
    action: "set-upper",
    target: at,
    because: found,
    evidence: `upper ${quoted(path)} is the only directory that has its origin and shows the lower one`,
    safety: "confirm",
    loses: null,
    steps: setXattr(facts, at, "upper", facts.encode(upperAt(path))),
  });
}

function giveWay(
  found: Finding,
  facts: Facts,
  lower: LowerIdentity,
  stays: Rival,
  { path, rank }: Rival,
): Action {
  const merged = lowerShown(facts, path);
  const shows = merged !== null && isThis(merged, lower);
  const shown = shows ? describe(placeOf(merged.lower)) : "the lower directory";
  const loses = shows
    ? `what ${shown} shows in ${quoted(path)}: it stays visible in ${quoted(stays.path)}`
    : null;
  const origin = originOf(facts, path);
  const fh = handleOf(lower);
  const isCopy = origin !== null && fh?.equals(origin) === true;
  if (shows && origin !== null && !isCopy) {
    const own = findLowerDirectory(facts, path);
    if (own.found !== null) return redirectTo(found, path, facts, own.found, loses);
  }
  const tie = stays.rank === rank ? "; nothing on the disk tells the copy from the original" : "";
  return {
    action: !shows ? "remove-origin" : hasRedirect(facts, path) ? "remove-redirect" : "set-opaque",
    target: upperAt(path),
    because: found,
    evidence: `${quoted(stays.path)} keeps ${shown}: ${stays.why}${tie}`,
    safety: "confirm",
    loses,
    steps: [...(shows ? unmerge(facts, path) : []), ...(isCopy ? forgetOrigin(facts, path) : [])],
  };
}
