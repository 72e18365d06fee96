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
import type { Sighting } from "./seek.js";
import type { Prediction, Survey } from "./survey.js";
import type { Origin } from "./wanted.js";

export interface Claimant {
  readonly path: Buffer;
  /** Inode of its upper object; null: the lower object itself. */
  readonly upper: number | null;
}

/** Names that come with one lower object, in the order of the walk. */
export interface Group {
  readonly fh: Buffer;
  /** DT_* */
  readonly type: number;
  readonly claimants: readonly Claimant[];
}

const SLASH = 0x2f;

/** `namesOf`: all names of upper inodes. */
export function groupClaimants(
  s: Survey,
  sightings: readonly Sighting[],
  origins: readonly Origin[],
  namesOf: (inos: ReadonlySet<number>) => ReadonlyMap<number, readonly Buffer[]>,
): Group[] {
  const groups = new Map<string, Group & { claimants: Claimant[] }>();
  const group = (fh: Buffer, type: number): Claimant[] => {
    const key = fh.toString("latin1");
    let found = groups.get(key);
    if (found === undefined) {
      found = { fh, type, claimants: holderOf(s, fh, s.nameOf) };
      groups.set(key, found);
    }
    return found.claimants;
  };
  for (const rival of s.rivals) group(rival.fh, rival.type).push({ path: rival.path, upper: rival.ino });
  for (const { plain, path } of sightings) {
    if (plain.kind !== "found" || plain.lowerFh === null) continue;
    // A lower alias of an indexed object takes its upper one from the index: it never comes without.
    const row = s.index === null || plain.isDir ? -1 : s.index.table.find(plain.lowerFh, 0);
    if (row >= 0 && s.index?.hit(row).state === "entry") continue;
    group(plain.lowerFh, plain.isDir ? DT_DIR : 0).push({ path, upper: null });
  }
  // An origin may even be an upper object: then that one's own inode is the one to be shared.
  const upperDev = s.views.plain.root.upper?.layer.dev;
  const inUpper = origins.filter(({ fh, dev }) => dev === upperDev && !groups.has(fh.toString("latin1")));
  const inos = new Set(inUpper.map(({ ino }) => ino));
  for (const { fh } of inUpper) group(fh, 0);
  for (const { claimants } of groups.values())
    for (const { upper } of claimants) if (upper !== null) inos.add(upper);
  const names = namesOf(inos);
  for (const { fh, ino } of inUpper) {
    for (const path of names.get(ino) ?? []) group(fh, 0).push({ path, upper: ino });
  }
  for (const { claimants } of groups.values()) {
    const known = new Set(claimants.map(({ path }) => path.toString("latin1")));
    for (const upper of new Set(claimants.map((c) => c.upper))) {
      for (const path of upper === null ? [] : (names.get(upper) ?? [])) {
        if (!known.has(path.toString("latin1"))) claimants.push({ path, upper });
      }
    }
    claimants.sort((a, b) => walkOrder(a.path, b.path));
  }
  return [...groups.values()];
}

/** The upper object that named the lower one first. */
function holderOf(s: Survey, fh: Buffer, nameOf: (dir: number, ino: number) => Buffer): Claimant[] {
  const claim = s.claims.find(fh, 0);
  if (claim >= 0)
    return [{ path: nameOf(s.claims.note(claim), s.claims.ino(claim)), upper: s.claims.ino(claim) }];
  const entry = s.index === null ? -1 : s.index.table.find(fh, 0);
  if (s.index === null || entry < 0 || !s.index.isClaimed(entry)) return [];
  const ino = s.index.table.ino(entry);
  return [{ path: nameOf(s.index.table.note(entry), ino), upper: ino }];
}

/** Take the names that the inode cache refuses into the prediction, and keep only the topmost of all. */
export function settleConflicts(s: Survey, groups: readonly Group[]): void {
  const unnamed: Buffer[] = [];
  for (const { fh, type, claimants } of groups) {
    const inCache = claimants.filter(({ upper }) => isHashedByLower(s, fh, type, upper));
    const refused = refusedNames(inCache, type === DT_DIR);
    s.prediction.lookup.push(...refused.map((path) => ({ path, errno: ESTALE })));
    if (type === DT_DIR) unnamed.push(...refusedByAncestor(claimants));
  }
  const byFh = new Map(groups.map(({ fh, claimants }) => [fh.toString("latin1"), claimants]));
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
function isHashedByLower(s: Survey, fh: Buffer, type: number, upper: number | null): boolean {
  const { options, root } = s.views.required;
  if (options.nfsExport && options.index) return false;
  if (type === DT_DIR || upper === null) return true;
  const row = s.index === null ? -1 : s.index.table.find(fh, 0);
  if (row >= 0 && s.index?.isGone(row) === false && s.index.table.ino(row) === upper) return true;
  const verdict = decodeHandle(fh);
  if (verdict.kind !== "valid") return false;
  const layers = root.lower.map((l) => l.layer);
  const lower = checkOriginFh(s.views.required, layers, verdict.handle, null, false);
  // A hard link was, or will be, broken by copying up.
  return typeof lower !== "number" && lower.object.nlink === 1;
}

/** Depth first, names in byte order: a slash sorts before every other byte. */
function walkOrder(a: Buffer, b: Buffer): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    if (x !== y) return (x === 0x2f ? -1 : x) - (y === 0x2f ? -1 : y);
  }
  return a.length - b.length;
}
