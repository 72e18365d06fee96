/** Entries with names that no lookup asks for, that lead nowhere, or stand for nothing in this overlay. */
import { isDir } from "../../kernel/env.js";
import type { Facts } from "../facts.js";
import { parentOf } from "../place.js";
import type { Planner, Proposal } from "../types.js";
import { answer, keep } from "./changes.js";
import { entryPlace } from "./directory-entries.js";
import {
  behind,
  canBeOrigin,
  LAYERS_REPLACED,
  lowerHandle,
  NEWER_FORMAT,
  onEntry,
  pointAt,
  removal,
  rename,
  type Subject,
} from "./index-entries.js";
import { isLowerReplaced } from "./layer-evidence.js";

export const nameInvalid = onEntry<"entry-name-invalid">((entry) =>
  renamedOrRemoved(entry, "confirm", "no lookup can ask for this name"),
);

export const nameNoncanonical = onEntry<"entry-name-noncanonical">((entry) =>
  renamedOrRemoved(
    entry,
    "auto",
    "no lookup asks for this name, and the right one is taken or stands for nothing",
  ),
);

export const nameUnknown: Planner<"entry-name-unknown"> = () => ({ left: NEWER_FORMAT });

/** Under the handle that the entry's own object has as its origin, where that is free. */
function renamedOrRemoved(
  entry: Subject<"entry-name-invalid" | "entry-name-noncanonical">,
  safety: "auto" | "confirm",
  otherwise: string,
): Proposal {
  const { facts, object } = entry;
  const upper = behind(facts, object);
  const fh = lowerHandle(upper?.object.xattrs.get("origin"));
  const isFree = fh !== null && facts.examine(entryPlace(fh)) === null;
  if (!isFree || upper === null || !canBeOrigin(facts, fh, upper.object))
    return removal(entry, otherwise, safety);
  const what = isDir(object) ? "the directory that it points at" : "its object";
  const evidence = `${what} came from the lower object of the name ${fh.toString("hex")}, which is free`;
  return answer(rename(entry, fh, evidence, safety));
}

/** The kernel takes the directory for deleted. */
export const upperStale = onEntry<"entry-upper-stale">((entry) => {
  const { found, facts, at, fh } = entry;
  if (fh === null) return answer();
  const again = pointAgain(entry, "auto");
  if (again !== null) return again;
  const lower = facts.decode(fh);
  if (lower === null) return unlessReplaced(entry, "its lower directory is gone as well");
  // Nothing shows below a directory that cannot be looked up, whatever is there.
  if (lower.place !== null && isBelowRefused(facts, lower.place.path)) return { actions: [] };
  const isBuried = facts.isBuried(fh);
  if (isBuried === null) return { left: REFUSED_FIRST };
  if (isBuried) {
    return removal(entry, "no upper directory has this origin, and the lower one is still visible", "auto");
  }
  return answer({
    action: "replace-entry",
    target: at,
    because: found,
    evidence: "no upper directory has this origin and the lower one shows nowhere: it was deleted",
    safety: "auto",
    loses: null,
    steps: [...keep(facts, at), { op: "make", at, what: { kind: "whiteout" } }],
  });
});

function isBelowRefused(facts: Facts, path: Buffer): boolean {
  for (let dir = parentOf(path); dir.length > 0; dir = parentOf(dir))
    if (facts.required(dir).kind === "error") return true;
  return false;
}

export const REFUSED_FIRST = "Mend first what refuses the mount: only then can be told what it would show.";

export const upperNotDirectory = onEntry<"entry-upper-not-directory">(
  (entry) => pointAgain(entry, "confirm") ?? removal(entry, "no upper directory has the origin of its name"),
);

/** At the one upper directory that has the entry's origin; null where there is none. */
export function pointAgain(
  entry: Subject<
    "entry-upper-stale" | "entry-upper-not-directory" | "entry-origin-mismatch" | "entry-origin-missing"
  >,
  safety: "auto" | "confirm",
): Proposal | null {
  const claimants = entry.fh === null ? [] : directories(entry.facts, entry.fh);
  if (claimants.length > 1) {
    return { left: "Decide first which of the upper directories with this origin came from the lower one." };
  }
  return claimants[0] === undefined ? null : pointAt(entry, claimants[0], safety);
}

function directories(facts: Facts, fh: Buffer): Buffer[] {
  return facts
    .claimants(fh)
    .flatMap(({ isDir: is, paths }) => (is && paths[0] !== undefined ? [paths[0]] : []));
}

export const originStale = onEntry<"entry-origin-stale">((entry) =>
  unlessReplaced(entry, "no handle leads to it any more: its lower object is gone"),
);

export const typeWrong = onEntry<"entry-type-wrong">((entry) => {
  const { type, originType } = entry.found.evidence;
  return removal(entry, `a ${type} never stands for a ${originType}`);
});

export const foreign = onEntry<"entry-foreign">((entry) =>
  unlessReplaced(entry, `nothing in this overlay can ask for it: ${entry.found.evidence.reason}`),
);

/** What is void because all of lower was replaced says what went where: a migration goes by it. */
function unlessReplaced(
  entry: Subject<"entry-upper-stale" | "entry-origin-stale" | "entry-foreign">,
  evidence: string,
): Proposal {
  return isLowerReplaced(entry.facts) ? { left: LAYERS_REPLACED } : removal(entry, evidence);
}

/** What the mount sweeps away itself, with all that is in it. */
export const temporary = onEntry<"index-temporary">(({ found, facts, at }) =>
  answer({
    action: "keep-entry",
    target: at,
    because: found,
    evidence: "the kernel removes it at the next mount",
    safety: "auto",
    loses: null,
    steps: keep(facts, at),
  }),
);
