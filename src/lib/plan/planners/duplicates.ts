/** Of several upper directories that stand for one lower one, one stays and the others show only what upper has. */
import type { Finding } from "../../catalogue/index.js";
import { isDir } from "../../kernel/env.js";
import type { Facts } from "../facts.js";
import type { Action, Proposal } from "../types.js";
import { answer, describe, quoted, setXattr, upperAt } from "./changes.js";
import { forgetOrigin, unmerge } from "./detach.js";
import { entryPlace, entryUpper } from "./directory-entries.js";
import { findLowerDirectory } from "./lower-directory.js";
import { hasRedirect, lowerBeside, mergedWith, originOf, placeOf, sameObject } from "./lower-parts.js";
import { redirectTo } from "./redirects.js";

export function partDuplicates(found: Finding<"redirect-duplicate">, facts: Facts): Proposal {
  const { path } = found;
  if (path === null) return answer();
  const fh = found.bytes?.fh ?? mergedWith(facts, path)?.fh ?? originOf(facts, path);
  if (fh === null)
    return { left: "Find out which of the two is the original: neither says what it was copied from." };
  const [first, ...others] = rivalsFor(facts, fh, path, found.bytes?.other ?? null);
  if (first === undefined) return answer();
  if (others.length === 0) return pointBack(found, facts, fh, path);
  return answer(...others.map((loser) => giveWay(found, facts, fh, first, loser)));
}

/** Nobody else has part in the lower directory: it is the entry that does not say so. */
function pointBack(found: Finding, facts: Facts, fh: Buffer, path: Buffer): Proposal {
  const at = entryPlace(fh);
  const entry = facts.examine(at);
  if (entry === null || !isDir(entry)) return answer();
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

interface Rival {
  readonly path: Buffer;
  readonly rank: number;
  readonly why: string;
}

/** Best first; of two that are alike the one that lookups meet first, which is never the finding's own. */
function rivalsFor(facts: Facts, fh: Buffer, path: Buffer, other: Buffer | null): Rival[] {
  const entry = entryUpper(facts, fh);
  const claims = facts.claimants(fh).flatMap(({ isDir: is, paths }) => (is ? paths : []));
  const others = [other, entry, ...claims].flatMap((one) => (one === null || one.equals(path) ? [] : [one]));
  const paths = new Map([...others, path].map((one) => [one.toString("latin1"), one]));
  return [...paths.values()]
    .filter((one) => isMerged(facts, fh, one) || originOf(facts, one)?.equals(fh) === true)
    .map((one) => rank(facts, fh, one, entry))
    .sort((a, b) => b.rank - a.rank);
}

function rank(facts: Facts, fh: Buffer, path: Buffer, entry: Buffer | null): Rival {
  const merged = isMerged(facts, fh, path);
  const hasOrigin = originOf(facts, path)?.equals(fh) === true;
  const reasons: readonly (readonly [weight: number, holds: boolean, why: string])[] = [
    [
      8,
      merged && hasOrigin && entry?.equals(path) === true,
      "the index entry of that directory points at it",
    ],
    [4, merged && standsAtHome(facts, path), "it stands where that directory is"],
    [2, merged && hasOrigin, "it has that directory as its origin"],
    [1, merged, "it shows that directory"],
  ];
  return {
    path,
    rank: reasons.reduce((sum, [weight, holds]) => sum + (holds ? weight : 0), 0),
    why: reasons.find(([, holds]) => holds)?.[2] ?? "it comes first",
  };
}

function giveWay(found: Finding, facts: Facts, fh: Buffer, stays: Rival, { path, ...loser }: Rival): Action {
  const merged = mergedWith(facts, path);
  const shows = merged?.fh.equals(fh) === true;
  const lower = shows ? describe(placeOf(merged.lower)) : "the lower directory";
  const loses = shows
    ? `what ${lower} shows in ${quoted(path)}: it stays visible in ${quoted(stays.path)}`
    : null;
  const origin = originOf(facts, path);
  const isCopy = origin?.equals(fh) === true;
  if (shows && origin !== null && !isCopy) {
    const own = findLowerDirectory(facts, path);
    if (own.found !== null) return redirectTo(found, path, facts, own.found, loses);
  }
  const tie = stays.rank === loser.rank ? "; nothing on the disk tells the copy from the original" : "";
  return {
    action: !shows ? "remove-origin" : hasRedirect(facts, path) ? "remove-redirect" : "set-opaque",
    target: upperAt(path),
    because: found,
    evidence: `${quoted(stays.path)} keeps ${lower}: ${stays.why}${tie}`,
    safety: "confirm",
    loses,
    steps: [...(shows ? unmerge(facts, path) : []), ...(isCopy ? forgetOrigin(facts, path) : [])],
  };
}

const isMerged = (facts: Facts, fh: Buffer, path: Buffer): boolean =>
  mergedWith(facts, path)?.fh.equals(fh) === true;

function standsAtHome(facts: Facts, path: Buffer): boolean {
  const merged = mergedWith(facts, path);
  const beside = lowerBeside(facts, path);
  return merged !== null && beside !== null && sameObject(merged.lower.object, beside.object);
}
