/** Tombstones: what has no name any more must not be opened by a handle either. */
import type { Planner } from "../types.js";
import { answer, keep, quoted } from "./changes.js";
import { entryPlace } from "./directory-entries.js";
import { indexDirectory, isTaken, makeIndex, safetyIn } from "./index-directory.js";
import { LAYERS_REPLACED } from "./index-entries.js";
import { isLowerReplaced } from "./layer-evidence.js";

export const tombstoneMissing: Planner<"tombstone-missing"> = (found, facts) => {
  const { fh, lower } = found.bytes ?? {};
  if (fh === undefined) return { left: "Check again: its handle is not known." };
  // What came from a lower object is not known before its origin is right.
  if (isLowerReplaced(facts)) return { left: LAYERS_REPLACED };
  const index = indexDirectory(facts);
  if ("left" in index) return index;
  const target = entryPlace(fh);
  if (isTaken(facts, index, target))
    return { left: "Repair the entry that has its place in the index first." };
  const isThere = lower === undefined || found.path?.equals(lower) === true;
  const object = isThere ? "it" : `${found.layer} ${quoted(lower)}`;
  return answer(...makeIndex(facts, found, index), {
    action: "add-tombstone",
    target,
    because: found,
    evidence: `no name of the overlay leads to ${object}`,
    safety: safetyIn(index),
    loses: null,
    steps: [{ op: "make", at: target, what: { kind: "whiteout" } }],
  });
};

/** An entry that is the last link of a file, and of which the overlay shows no name: what the kernel does when the count says so. */
export const dropNameless: Planner<"nlink-wrong"> = (found, facts) => {
  const { fh } = found.bytes ?? {};
  if (fh === undefined) return { left: "Check again: its handle is not known." };
  const at = entryPlace(fh);
  const steps = keep(facts, at);
  const isExported = facts.require === "nfs-export";
  if (isExported && steps.length > 0) steps.push({ op: "make", at, what: { kind: "whiteout" } });
  return answer({
    action: isExported ? "replace-entry" : "keep-entry",
    target: at,
    because: found,
    evidence: "no name of the overlay leads to it: its names in upper and those of its lower object are gone",
    safety: "confirm",
    loses:
      "what only a handle could still open: its data is moved into the journal's folder, and the handle becomes stale",
    steps,
  });
};
