/** Index entries of what was copied up without the index, and of directories that merge by their name alone. */
import type { Finding } from "../../catalogue/index.js";
import { isDir } from "../../kernel/env.js";
import type { Facts } from "../facts.js";
import type { Action, Place, Planner, Proposal, Step } from "../types.js";
import { answer, quoted, seen, setXattr, upperAt } from "./changes.js";
import { entryPlace, entryUpper } from "./directory-entries.js";
import { indexDirectory, isTaken, makeIndex, safetyIn } from "./index-directory.js";
import { lowerHandle } from "./index-entries.js";
import { parentOf } from "./lower-parts.js";

/** The value of a file all of whose names are upper ones: the entry is the one link too many. */
const ONLY_UPPER = "U-1";

export const copiedUpNotIndexed: Planner<"copied-up-not-indexed"> = (found, facts) => {
  const { fh, nlink, other, file } = found.bytes ?? {};
  const at = upperAt(found.path ?? Buffer.alloc(0));
  if (fh === undefined) return { left: "Check again: its origin is not known." };
  if (other !== undefined) {
    return {
      left: `Decide whether it or ${quoted(other)} is the lower object's: both lead to it, and a handle can lead to one only.`,
    };
  }
  const entry = entryPlace(fh);
  const count = nlink ?? Buffer.from(ONLY_UPPER);
  const isShown = count.toString("latin1") !== ONLY_UPPER;
  if (file !== undefined) {
    const set: Step = { op: "xattr", at, seen: file, name: "nlink", old: null, value: count };
    return addEntry(found, facts, entry, [set, { op: "link", at: entry, from: at, seen: file }], isShown);
  }
  const object = facts.examine(at);
  if (object === null) return answer();
  const origin = object.xattrs.get("origin");
  const isOwn = lowerHandle(origin)?.equals(fh) === true;
  if (!Buffer.isBuffer(origin) || (!isOwn && isDir(object)))
    return { left: "Mend its origin first: an entry whose object has another one is removed by the mount." };
  if (isDir(object)) return addEntry(found, facts, entry, [makeDirectoryEntry(facts, entry, at.path)]);
  const link: Step = { op: "link", at: entry, from: at, seen: seen(object) };
  // The count first: an entry without it would be one of a file that was deleted.
  // Its origin leads there, or it would not have been found: it may be spelled in another way than the entry's name.
  const spelled = isOwn ? [] : setXattr(facts, at, "origin", fh);
  return addEntry(found, facts, entry, [...spelled, ...setXattr(facts, at, "nlink", count), link], isShown);
};

/** The kernel sets the origin itself when it first meets the directory, but gives it no entry. ovl_fix_origin() */
export const mergeOriginMissing: Planner<"merge-origin-missing"> = (found, facts) => {
  const { fh, lower } = found.bytes ?? {};
  const path = found.path ?? Buffer.alloc(0);
  const at = upperAt(path);
  const own = facts.examine(at);
  if (fh === undefined || own === null) return answer();
  const rival = facts.claimants(fh).find(({ ino }) => ino !== own.ino);
  if (rival !== undefined) {
    const other = quoted(rival.paths[0] ?? Buffer.alloc(0));
    return { left: `Decide whether it or ${other} is the lower directory's: both are merged with it.` };
  }
  if (lower !== undefined && isShownAt(facts, lower, fh) && !lower.equals(path))
    return { left: `Hide ${quoted(lower)} first: the lower directory shows there too.` };
  const impure: Action = {
    action: "set-impure",
    target: upperAt(parentOf(path)),
    because: found,
    evidence: `${quoted(path)} in it gets an origin`,
    safety: "auto",
    loses: null,
    steps: setXattr(facts, upperAt(parentOf(path)), "impure", Buffer.from("y")),
  };
  const origin = setXattr(facts, at, "origin", fh);
  const target = entryPlace(fh);
  const isIndexed = facts.examine(target) !== null;
  if (facts.require === "nfs-export" && !(isIndexed && entryUpper(facts, fh)?.equals(path) === true)) {
    const entry = addEntry(found, facts, target, [...origin, makeDirectoryEntry(facts, target, path)]);
    return "left" in entry ? entry : answer(impure, ...entry.actions);
  }
  return answer(impure, {
    action: "set-origin",
    target: at,
    because: found,
    evidence: `it merges with ${quoted(lower ?? path)}, and with no other upper directory's`,
    safety: "auto",
    loses: null,
    steps: origin,
  });
};

function makeDirectoryEntry(facts: Facts, at: Place, path: Buffer): Step | null {
  const upper = facts.encode(upperAt(path));
  if (upper === null) return null;
  return { op: "make", at, what: { kind: "directory", mode: 0, xattrs: [["upper", upper]] } };
}

function addEntry(
  because: Finding,
  facts: Facts,
  target: Place,
  steps: readonly (Step | null)[],
  isShown = false,
): Proposal {
  const index = indexDirectory(facts);
  if ("left" in index) return index;
  if (isTaken(facts, index, target))
    return { left: "Repair the entry that has its place in the index first." };
  if (steps.includes(null)) return { left: "Its filesystem gives no handles: it cannot be indexed." };
  const add: Action = {
    action: "add-entry",
    target,
    because,
    evidence: isShown
      ? "its lower object has other names that show: with the entry they are one file again"
      : "it came from the lower object of that name, and no other upper object that shows did",
    safety: isShown ? "confirm" : safetyIn(index),
    loses: isShown
      ? "the lower object's data under those other names, where they show this file's from then on"
      : null,
    steps: steps.filter((step) => step !== null),
  };
  return { actions: [...makeIndex(facts, because, index), add] };
}

/** Does the overlay show the lower directory itself under this path? */
function isShownAt(facts: Facts, path: Buffer, fh: Buffer): boolean {
  const shown = facts.plain(path);
  return shown.kind === "found" && shown.lowerFh?.equals(fh) === true;
}
