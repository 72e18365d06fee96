/**
 * Names that share one lower object, in the kernel's inode cache. The inode is
 * found by the lower object; a name that comes with another upper object than
 * the first one is refused with ESTALE. ovl_get_inode(), ovl_verify_inode()
 *
 * Which name comes first depends on who looks first; the prediction is for a
 * walk in byte order of names that enters each directory as it comes.
 */

import { decodeHandle } from "../format/fileHandle.js";
import { DT_DIR } from "../format/fileType.js";
import { ESTALE } from "../kernel/env.js";
import { checkOriginFh } from "../kernel/origin.js";
import { byHandle, type Group, holderOf } from "./groups.js";
import type { Claimant } from "./place-claims.js";
import type { Prediction, Survey } from "./survey.js";

const SLASH = 0x2f;

/** Take the names that the inode cache refuses into the prediction, and keep only the topmost of all. */
export function settleConflicts(s: Survey, groups: readonly Group[]): void {
  const unnamed: Buffer[] = [];
  for (const { fh, type, claimants } of groups) {
    const inCache = claimants.filter(({ upper }) => isHashedByLower(s, fh, type, upper));
    const refused = refusedNames(inCache, type === DT_DIR);
    s.prediction.lookup.push(...refused.map((path) => ({ path, errno: ESTALE })));
    if (type === DT_DIR) unnamed.push(...refusedByAncestor(claimants));
  }
  const byFh = byHandle(groups);
  for (const { fh, path, ino } of s.plainMerges) {
    const holders = byFh.get(fh.toString("latin1")) ?? holderOf(s, fh, s.nameOf);
    unnamed.push(...refusedByAncestor([...holders, { path, upper: ino }]));
  }
  keepTopmost(s.prediction, unnamed);
}

/**
 * Directories that come with the lower directory of one that they are in. They cannot be entered
 * in the plain view either, whoever looks first: there are no names below to compare.
 */
export function refusedByAncestor(claimants: readonly Claimant[]): Buffer[] {
  const byPath = new Map<string, Claimant["upper"][]>();
  for (const { path, upper } of claimants) {
    const key = path.toString("latin1");
    byPath.set(key, [...(byPath.get(key) ?? []), upper]);
  }
  const isRefused = ({ path, upper }: Claimant): boolean => {
    for (let end = path.length; end > 0; ) {
      end = Math.max(path.lastIndexOf(SLASH, end - 1), 0);
      if (byPath.get(path.toString("latin1", 0, end))?.some((other) => other !== upper)) return true;
    }
    return false;
  };
  return claimants.filter(isRefused).map(({ path }) => path);
}

/** Of names that fail or are gone only those whose directory is there. */
function keepTopmost({ lookup, hidden }: Prediction, unnamed: readonly Buffer[]): void {
  const gone = new Set(
    [...lookup.map((l) => l.path), ...hidden, ...unnamed].map((path) => path.toString("latin1")),
  );
  const isTopmost = (path: Buffer): boolean => {
    for (let slash = path.lastIndexOf(SLASH); slash > 0; slash = path.lastIndexOf(SLASH, slash - 1)) {
      if (gone.has(path.toString("latin1", 0, slash))) return false;
    }
    return true;
  };
  const seen = new Set<string>();
  const isFirst = (path: Buffer): boolean =>
    !seen.has(path.toString("latin1")) && seen.add(path.toString("latin1")).size > 0;
  lookup.splice(0, lookup.length, ...lookup.filter((l) => isTopmost(l.path) && isFirst(l.path)));
  hidden.splice(0, hidden.length, ...hidden.filter((path) => isTopmost(path) && isFirst(path)));
}

/** The first name makes the inode; who comes with another upper object is refused. */
function refusedNames(claimants: readonly Claimant[], isDirectory: boolean): Buffer[] {
  const first = claimants[0];
  if (first === undefined) return [];
  return claimants
    .slice(1)
    .filter(({ upper }) => (upper === null ? isDirectory && first.upper !== null : upper !== first.upper))
    .map(({ path }) => path);
}

/** ovl_hash_bylower(), in the required view: is this name's inode found by the lower object? */
function isHashedByLower(s: Survey, fh: Buffer | null, type: number, upper: number | null): boolean {
  const { options, root } = s.views.required;
  if (options.nfsExport && options.index) return false;
  if (type === DT_DIR || upper === null || fh === null) return true;
  const row = s.index === null ? -1 : s.index.table.find(fh, 0);
  if (row >= 0 && s.index?.isGone(row) === false && s.index.table.ino(row) === upper) return true;
  const verdict = decodeHandle(fh);
  if (verdict.kind !== "valid") return false;
  const layers = root.lower.map((l) => l.layer);
  const lower = checkOriginFh(s.views.required, layers, verdict.handle, null, false);
  // A hard link was, or will be, broken by copying up.
  return typeof lower !== "number" && lower.object.nlink === 1;
}
