/**
 * Take everything off upper that is about its index and about the identity of lower objects, to archive it or to go
 * back to index=off for good. What decides names stays: redirects, opaque marks, whiteouts. Only where a
 * lower hard link showed an upper file through the index alone, it shows the lower file again.
 */

import { isDir, isWhiteoutDevice } from "../kernel/env.js";
import { getNlink } from "../kernel/index-entry.js";
import type { Facts } from "../plan/facts.js";
import { parentOf } from "../plan/place.js";
import { describe, keep, removeXattr, seen, upperAt } from "../plan/planners/changes.js";
import { INDEX, UPPER_ROOT } from "../plan/planners/index-directory.js";
import type { Action, Place, Step } from "../plan/types.js";
import { plural } from "../report/text.js";
import { somePaths } from "./notices.js";
import type { Migration, Past } from "./types.js";
import { type IndexEntry, indexEntries, type UpperObject, upperObjects } from "./upper-objects.js";

/** On an object of upper, these mean nothing without the index. */
const TIES = ["origin", "nlink", "impure"] as const;

export const detach: Migration = {
  name: "detach",
  title: "detach upper from the handles of its lower layers",
  applies: (past: Past) => {
    if (!isWished(past) || actionsOf(past.facts).actions.length === 0) return null;
    return {
      because: "it was asked for",
      cost: "all handles that clients hold; names and redirects stay, so that it mounts with index=off as before",
    };
  },
  plan: ({ facts }) => {
    const { actions, split } = actionsOf(facts);
    return { actions, left: [], notices: split.map(noticeOf) };
  },
};

export const isWished = ({ wishes: { detach: all, only } }: Pick<Past, "wishes">): boolean =>
  all || only?.includes("detach") === true;

interface Detaching {
  readonly actions: readonly Action[];
  readonly split: readonly Split[];
}

/** A file that lower names show only by its index entry. */
interface Split {
  readonly entry: IndexEntry;
  readonly names: readonly Buffer[];
  readonly below: readonly Place[];
}

const bySession = new WeakMap<Facts, Detaching>();

function actionsOf(facts: Facts): Detaching {
  const known = bySession.get(facts) ?? planOf(facts);
  bySession.set(facts, known);
  return known;
}

function planOf(facts: Facts): Detaching {
  const entries = [...indexEntries(facts)].filter(
    ({ object }) => !isDir(object) && !isWhiteoutDevice(object),
  );
  const split = entries.flatMap((entry) => splitOf(facts, entry));
  const stillImpure = parentsOfMarked(facts);
  return {
    actions: [
      ...entries.flatMap((entry) =>
        unlinked(
          facts,
          entry,
          split.find((one) => one.entry === entry),
        ),
      ),
      ...withoutIndex(
        facts,
        split.filter(({ names }) => names.length === 0),
      ),
      ...[...upperObjects(facts)].flatMap((object) => untied(facts, object, stillImpure)),
    ],
    split,
  };
}

function splitOf(facts: Facts, entry: IndexEntry): Split[] {
  const lower = facts.decode(entry.fh)?.object;
  if (lower === undefined || lower.nlink < 2) return [];
  const names = facts.upperNames(entry.object.ino);
  const missing = getNlink(lower, entry.object, 0) - names.length;
  if (missing <= 0) return [];
  const all = facts.lowerNames(lower);
  const shown = all.filter(({ path }) => showsLower(facts, path, entry.fh));
  // Below a redirect a lower path is not the overlay's: then all are told.
  return [{ entry, names, below: shown.length < missing ? all : shown }];
}

const showsLower = (facts: Facts, path: Buffer, fh: Buffer): boolean => {
  const shown = facts.plain(path);
  return shown.kind === "found" && shown.upper === null && shown.lowerFh?.equals(fh) === true;
};

const noticeOf = ({ names, below }: Split): string => {
  const file = names.length === 0 ? "A file that only the index holds" : `Upper's ${somePaths([...names])}`;
  return `${file} also shows under names of a lower hard link, which show the lower file again: ${below.slice(0, 5).map(describe).join(", ")}`;
};

/** The link in the index would count as one of the file's names. */
function unlinked(facts: Facts, { at, object }: IndexEntry, split: Split | undefined): Action[] {
  const [path] = facts.upperNames(object.ino);
  if (path === undefined) return [];
  const steps: Step[] = [{ op: "unlink", at, other: upperAt(path), seen: seen(object) }];
  return [
    {
      action: "remove-entry",
      target: at,
      because: part(upperAt(path), "it is in the index"),
      evidence: "the file keeps its names in upper",
      safety: "confirm",
      loses: split === undefined ? null : `what ${plural(split.below.length, "lower name")} showed of it`,
      steps,
    },
  ];
}

function withoutIndex(facts: Facts, alone: readonly Split[]): Action[] {
  const index = keep(facts, INDEX);
  const root = removeXattr(facts, UPPER_ROOT, "origin");
  const steps = [...index, ...root];
  if (steps.length === 0) return [];
  const files = alone.length === 0 ? "" : `, and ${plural(alone.length, "file")} that it alone holds`;
  const isKept = index.length > 0;
  return [
    {
      action: isKept ? "keep-index" : "remove-origin",
      target: isKept ? INDEX : UPPER_ROOT,
      because: part(UPPER_ROOT, "upper is tied to its lower layer and to its index"),
      evidence: "without the mark of upper's root the overlay is one that never had an index",
      safety: "confirm",
      loses: `all handles that clients hold${files}${isKept ? "; the index is kept in the journal's folder" : ""}`,
      steps,
    },
  ];
}

/** What has a redirect, or its data below, goes on to have a lower inode's number: the directory stays impure for it. */
function parentsOfMarked(facts: Facts): ReadonlySet<string> {
  const parents = new Set<string>();
  for (const { at, object } of upperObjects(facts)) {
    if (!object.xattrs.has("redirect") && !object.xattrs.has("metacopy")) continue;
    const names = isDir(object) ? [at.path] : facts.upperNames(object.ino);
    for (const path of names) parents.add(parentOf(path).toString("latin1"));
  }
  return parents;
}

function untied(facts: Facts, { at, object }: UpperObject, stillImpure: ReadonlySet<string>): Action[] {
  const isRoot = at.path.length === 0;
  const stays = (name: (typeof TIES)[number]): boolean =>
    (isRoot && name === "origin") || (name === "impure" && stillImpure.has(at.path.toString("latin1")));
  const names = TIES.filter((name) => object.xattrs.has(name) && !stays(name));
  if (names.length === 0) return [];
  return [
    {
      action: names.includes("origin") ? "remove-origin" : "remove-mark",
      target: at,
      because: part(at, `it has ${names.join(", ")}`),
      evidence: "what it shows is decided by its path and its redirect",
      safety: "confirm",
      loses: null,
      steps: names.flatMap((name) => removeXattr(facts, at, name)),
    },
  ];
}

const part = ({ layer, path }: Place, message: string) => ({ code: "detach", layer, path, message }) as const;
