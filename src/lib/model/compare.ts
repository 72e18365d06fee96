/**
 * The required view against the plain one: which names fail, which are gone.
 * Where a directory is made of other layers in one view than in the other, the
 * names of both are looked up one by one until the views agree again.
 */

import { handleStatus } from "../format/fileHandle.js";
import { DT_DIR, typeOfMode } from "../format/fileType.js";
import type { Native } from "../host/native.js";
import type { DirStack } from "../kernel/env.js";
import { type FoundObject, type Lookup, lookup, stackOf } from "../kernel/lookup.js";
import { join } from "../kernel/path.js";
import type { NameWatcher, ReadHooks } from "./hooks.js";
import { eachEntry } from "./listing.js";
import type { Home, MergedDir, NameObservation } from "./merged.js";
import { observationOf } from "./observation.js";
import { placesOf } from "./places.js";
import type { Survey } from "./survey.js";

/** A directory to go on into. */
export type ComparedDir = Pick<MergedDir, "path" | "stack" | "counted" | "connects">;

/** Who is told of what the views make of names. */
export interface CompareHooks extends ReadHooks {
  /** Both views have this directory, made of the same layers. */
  visit(dir: ComparedDir, upper: ReadonlyMap<string, Buffer | number>): void;
  readonly watcher?: Pick<NameWatcher, "onLookup"> | null;
  onName(observation: NameObservation): void;
}

/** Compares lookups of the same name in both views. */
export interface Comparer {
  /**
   * Take down what the two lookups of a name mean for the prediction, and go on below. `at`: what holds of it
   * if it is a directory, but for what the views do not agree about.
   */
  names(path: Buffer, required: Lookup, plain: Lookup, at: Pick<MergedDir, "counted" | "connects">): void;
  /** Take down whose lower object the name stands for, and which ones it covers. */
  account(
    dir: MergedDir,
    name: Buffer,
    path: Buffer,
    seen: Pick<NameObservation, "home" | "xattrs">,
    lookups: { readonly required: Lookup; readonly plain: Lookup },
  ): void;
}

export function comparer(native: Native, s: Survey, hooks: CompareHooks): Comparer {
  const names: Comparer["names"] = (path, required, plain, { counted, connects }) => {
    hooks.watcher?.onLookup(path, required, plain, connects);
    const isName = counted && plain.kind !== "negative";
    if (plain.kind === "found" && plain.isDir && hasLowerRedirect(plain)) s.redirectedBelow.push(path);
    if (required.kind === "error") {
      if (isName) s.prediction.lookup.push({ path, errno: required.errno });
      return;
    }
    if (required.kind === "negative") {
      if (isName) s.prediction.hidden.push(path);
      return;
    }
    if (!required.isDir) return;
    const xattrs = required.upper?.object.xattrs ?? new Map<string, Buffer | number>();
    const stack = stackOf(required);
    if (plain.kind !== "found" || !plain.isDir)
      hooks.visit({ path, stack, counted: false, connects }, xattrs);
    else if (sameStack(required, plain)) hooks.visit({ path, stack, counted, connects }, xattrs);
    else descend(path, stack, stackOf(plain), counted);
  };

  const descend = (path: Buffer, required: DirStack, plain: DirStack, counted: boolean): void => {
    for (const name of listNames(native, [required, plain], hooks)) {
      const inPlain = lookup(s.views.plain, plain, name);
      const inRequired = lookup(s.views.required, required, name);
      const child = join(path, name);
      if (inRequired.kind === "error" || inRequired.events.length > 0) {
        const seen = observationOf(s.views.plain.view, plain, name, child, {
          required: inRequired,
          plain: inPlain,
        });
        if (seen !== null) hooks.onName(seen);
      }
      names(child, inRequired, inPlain, { counted, connects: false });
    }
  };

  return {
    names,
    account: (dir, name, path, seen, lookups) => account(s, dir, name, path, seen, lookups),
  };
}

function account(
  s: Survey,
  dir: MergedDir,
  name: Buffer,
  path: Buffer,
  seen: Pick<NameObservation, "home" | "xattrs">,
  { required, plain }: { readonly required: Lookup; readonly plain: Lookup },
): void {
  // A name that fails neither shows its lower object nor covers it.
  if (required.kind === "error") {
    const origin = seen.xattrs.get("origin");
    if (Buffer.isBuffer(origin) && handleStatus(origin) === "valid") s.failed.add(origin, 0, 0, 0);
    return;
  }
  const found = required.kind === "found" ? required : null;
  const fh = found?.lowerFh ?? null;
  const atHome = found !== null && isHomeOf(found, seen.home);
  // What the required view alone does not merge is not gone: that has a finding of its own.
  const isShown = plain.kind === "found" && isHomeOf(plain, seen.home);
  if (seen.home !== null && !atHome && !isShown) s.hide(seen.home, dir.stack, name, path);
  if (
    plain.kind === "found" &&
    plain.isDir &&
    plain.upper !== null &&
    plain.lowerFh !== null &&
    fh === null
  ) {
    s.plainMerges.push({ fh: plain.lowerFh, path, ino: plain.upper.object.ino, type: DT_DIR });
  }
  if (found === null || found.upper === null) return;
  const { ino, mode, xattrs } = found.upper.object;
  const [lower] = found.lower;
  if (fh === null) {
    if (found.isDir && lower !== undefined) s.places.claim(lower, { path, upper: ino }, atHome);
    return;
  }
  // A broken hard link has its data below, but is no copy of that object.
  if (!found.isDir && !xattrs.has("origin") && lower?.object.nlink !== 1) return;
  // Without nfs_export nobody looks for directories in the index.
  const isIndexed = s.index !== null && (!found.isDir || s.views.required.options.nfsExport);
  let row = isIndexed && s.index !== null ? s.index.table.find(fh, 0) : -1;
  if (row >= 0 && s.index?.isGone(row) === true) row = -1;
  if (s.index === null || row < 0) {
    if (found.isDir) s.unindexedDirs.push({ path, stack: stackOf(found) });
    s.claim(fh, 0, ino, dir.id, typeOfMode(mode), !atHome, () => path);
  } else if (found.indexed) {
    s.index.claim(row, dir.id, ino);
    s.index.prove(row);
    if (!atHome) s.index.move(row);
    if (!found.isDir) countLinks(s, row, path, found, atHome);
    if (xattrs.has("metacopy") || xattrs.has("redirect")) s.index.watch(row);
  } else {
    s.rivals.push({ fh, path, ino, type: typeOfMode(mode) });
  }
}

/** Is its topmost lower object the one that stands there? Without handles that is known of directories alone. */
function isHomeOf({ lowerFh, lower: [top], isDir }: FoundObject, home: Home | null): boolean {
  if (home === null || top === undefined) return false;
  if (lowerFh !== null || home.fh !== null) return lowerFh !== null && home.fh?.equals(lowerFh) === true;
  return isDir && top.layer === home.layer && top.path.equals(home.path);
}

function countLinks(s: Survey, row: number, path: Buffer, found: FoundObject, atHome: boolean): void {
  const upper = found.upper?.object;
  const lowerNlink = found.lower[0]?.object.nlink ?? 1;
  if (upper === undefined || lowerNlink === 1) return;
  // None at all is as bad as a malformed one: ovl_get_nlink() says so too.
  const raw = upper.xattrs.get("nlink");
  const stored = Buffer.isBuffer(raw) ? raw : Buffer.alloc(0);
  const known = s.links.get(row);
  const homes = (known?.atHome ?? 0) + (atHome ? 1 : 0);
  s.links.set(row, { path: known?.path ?? path, stored, upperNlink: upper.nlink, lowerNlink, atHome: homes });
}

/** A middle layer's redirect brings in a directory that may show under its own name too. */
const hasLowerRedirect = ({ lower }: FoundObject): boolean =>
  lower.slice(0, -1).some(({ object }) => object.xattrs.has("redirect"));

/** Both views make the directory of the same places. */
export function sameStack(a: FoundObject, b: FoundObject): boolean {
  return (
    a.lower.length === b.lower.length &&
    (a.upper === null) === (b.upper === null) &&
    a.lower.every((place, i) => {
      const other = b.lower[i];
      return other !== undefined && other.layer === place.layer && other.path.equals(place.path);
    })
  );
}

/** Every name that any of the directories has, each once, in byte order. */
export function listNames(native: Native, stacks: readonly DirStack[], hooks: ReadHooks): Buffer[] {
  const names = new Map<string, Buffer>();
  const seen = new Set<string>();
  for (const place of stacks.flatMap(placesOf)) {
    const key = `${place.layer.index}/${place.path.toString("latin1")}`;
    if (seen.has(key)) continue;
    seen.add(key);
    eachEntry(native, place, hooks, (name) => names.set(name.toString("latin1"), Buffer.from(name)));
  }
  return [...names.values()].sort(Buffer.compare);
}
