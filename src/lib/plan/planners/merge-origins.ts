/** A merge directory whose origin is not the lower directory that it shows: with nfs_export=on it is not merged. */
import { decodeHandle } from "../../format/fileHandle.js";
import { isDir, isWhiteoutDevice } from "../../kernel/env.js";
import { join } from "../../kernel/path.js";
import type { Facts } from "../facts.js";
import type { Action, Planner, Step } from "../types.js";
import { answer, describe, keep, quoted, seen, setOpaque, setXattr, upperAt } from "./changes.js";
import { entryPlace, entryUpper } from "./directory-entries.js";
import { LAYERS_REPLACED, NEWER_FORMAT } from "./index-entries.js";
import { isLowerReplaced } from "./layer-evidence.js";
import { findLowerDirectory } from "./lower-directory.js";
import { hasRedirect, mergedWith, originOf, placeOf } from "./lower-parts.js";
import { redirectTo } from "./redirects.js";

type Mismatch = Parameters<Planner<"merge-origin-mismatch">>[0];

/** With the directory all below it that nobody could look at so far: a round for each level would be many. */
export const mergeMismatch: Planner<"merge-origin-mismatch"> = (found, facts) => {
  if (found.path === null) return answer();
  const stored = originOf(facts, found.path);
  if (stored !== null && decodeHandle(stored).kind === "unknown") return { left: NEWER_FORMAT };
  if (isLowerReplaced(facts)) return { left: LAYERS_REPLACED };
  const actions: Action[] = [];
  const waiting: Buffer[] = [found.path];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const action = mend(found, facts, path);
    if (action !== null) actions.push(action);
    if (action !== null && action.action !== "set-origin") continue;
    for (const name of facts.list(upperAt(path))) {
      const below = join(path, name);
      const object = facts.examine(upperAt(below));
      if (object !== null && isDir(object)) waiting.push(below);
    }
  }
  return answer(...actions);
};

function mend(found: Mismatch, facts: Facts, path: Buffer): Action | null {
  const merged = mergedWith(facts, path);
  const object = facts.examine(upperAt(path));
  if (merged === null || object?.xattrs.has("origin") !== true) return null;
  const stored = originOf(facts, path);
  if (stored?.equals(merged.fh) === true) return null;
  const lower = describe(placeOf(merged.lower));
  const rival = showsToo(facts, merged.fh, path);
  const own = stored === null ? null : movedFrom(facts, stored, path);
  if (own !== null) return redirectTo(found, path, facts, own, `what ${lower} shows in ${quoted(path)}`);
  return rival === null
    ? setOrigin(found, facts, path, stored, merged.fh, lower)
    : coverLower(found, facts, path, rival, lower);
}

/** Another upper directory that came from this lower one, and shows it. */
function showsToo(facts: Facts, fh: Buffer, path: Buffer): Buffer | null {
  for (const { isDir: is, paths } of facts.claimants(fh)) {
    const other = paths[0];
    if (!is || other === undefined || other.equals(path)) continue;
    if (mergedWith(facts, other)?.fh.equals(fh) === true) return other;
  }
  return null;
}

/**
 * The lower directory that its origin names, where more than the origin speaks for it: a redirect, which only a
 * directory has that was moved, or the index.
 */
function movedFrom(facts: Facts, stored: Buffer, path: Buffer) {
  if (!hasRedirect(facts, path) && entryUpper(facts, stored)?.equals(path) !== true) return null;
  const { found } = findLowerDirectory(facts, path);
  if (found === null || !found.fh.equals(stored)) return null;
  const { redirectMode, redirectFollow } = facts.options;
  return found.redirect === null || (redirectFollow && redirectMode === "on") ? found : null;
}

/** The lower directory went with the other one: here is a new directory in its old place. */
function coverLower(found: Mismatch, facts: Facts, path: Buffer, other: Buffer, lower: string): Action {
  return {
    action: "set-opaque",
    target: upperAt(path),
    because: found,
    evidence: `upper ${quoted(other)} came from ${lower} and shows it`,
    safety: "confirm",
    loses: `what ${lower} shows in ${quoted(path)}; it stays visible in ${quoted(other)}`,
    steps: setOpaque(facts, upperAt(path)),
  };
}

/** The origin, and the index entry with it: one that points at a directory of another origin does not outlive the mount. */
function setOrigin(
  found: Mismatch,
  facts: Facts,
  path: Buffer,
  stored: Buffer | null,
  fh: Buffer,
  lower: string,
): Action {
  const old = stored === null ? null : facts.decode(stored);
  const to = entryPlace(fh);
  const inTheWay = facts.examine(to);
  const isFree = inTheWay === null || isWhiteoutDevice(inTheWay);
  const own = stored !== null && entryUpper(facts, stored)?.equals(path) === true ? entryPlace(stored) : null;
  const entry = own === null ? null : facts.examine(own);
  const steps: Step[] = [
    // Merged, it would be refused for the tombstone.
    ...(isFree ? keep(facts, to) : []),
    ...setXattr(facts, upperAt(path), "origin", fh),
  ];
  if (own !== null && entry !== null) {
    steps.push(...(isFree ? [moveTo(own, to, entry)] : keep(facts, own)));
  }
  return {
    action: "set-origin",
    target: upperAt(path),
    because: found,
    evidence:
      old === null
        ? `the directory that it came from is gone; by its path it shows ${lower}`
        : `by its path it shows ${lower}, which no other directory came from`,
    safety: "confirm",
    loses:
      old === null
        ? null
        : `handles of what its origin was${old.place === null ? "" : `, ${describe(old.place)}`}`,
    steps,
  };
}

function moveTo(at: Step["at"], to: Step["at"], object: Parameters<typeof seen>[0]): Step {
  return { op: "move", at, to, seen: seen(object) };
}
