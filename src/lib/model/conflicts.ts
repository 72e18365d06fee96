/**
 * Names that share one lower object, in the kernel's inode cache. The inode is
 * found by the lower object; a name that comes with another upper object than
 * the first one is refused with ESTALE. ovl_get_inode(), ovl_verify_inode()
 *
 * Which name comes first depends on who looks first; the prediction is for a
 * walk in byte order of names that enters each directory as it comes.
 */
import type { Env } from "../kernel/env.js";
import { ESTALE } from "../kernel/env.js";
import { decodeHandle } from "../format/fileHandle.js";
import { checkOriginFh } from "../kernel/origin.js";
import { DT_DIR } from "./index-state.js";
import type { Sighting } from "./seek.js";
import type { Prediction, Survey } from "./survey.js";

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

export function groupClaimants(
  s: Survey,
  sightings: readonly Sighting[],
  nameOf: (dir: number, ino: number) => Buffer,
): Group[] {
  const groups = new Map<string, Group & { claimants: Claimant[] }>();
  const group = (fh: Buffer, type: number): Claimant[] => {
    const key = fh.toString("latin1");
    let found = groups.get(key);
    if (found === undefined) {
      found = { fh, type, claimants: holderOf(s, fh, nameOf) };
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
  for (const { claimants } of groups.values()) claimants.sort((a, b) => walkOrder(a.path, b.path));
  return [...groups.values()];
}

/** The upper object that named the lower one first. */
function holderOf(s: Survey, fh: Buffer, nameOf: (dir: number, ino: number) => Buffer): Claimant[] {
  const claim = s.claims.find(fh, 0);
  if (claim >= 0) return [{ path: nameOf(s.claims.note(claim), s.claims.ino(claim)), upper: s.claims.ino(claim) }];
  const entry = s.index === null ? -1 : s.index.table.find(fh, 0);
  if (s.index === null || entry < 0 || !s.index.isClaimed(entry)) return [];
  const ino = s.index.table.ino(entry);
  return [{ path: nameOf(s.index.table.note(entry), ino), upper: ino }];
}

/** Take the names that the inode cache refuses into the prediction, and keep only the topmost of all. */
export function settleConflicts(s: Survey, groups: readonly Group[]): void {
  /** Below a directory that the plain view cannot enter there are no names to compare. */
  const unnamed: Buffer[] = [];
  for (const { fh, type, claimants } of groups) {
    const losers = refusedNames(claimants, type === DT_DIR);
    if (hashedByLower(s.views.required, fh, type, s)) {
      s.prediction.lookup.push(...losers.map((path) => ({ path, errno: ESTALE })));
    }
    if (hashedByLower(s.views.plain, fh, type, s)) unnamed.push(...losers);
  }
  keepTopmost(s.prediction, unnamed);
}

/** Of names that fail or are gone only those whose directory is there. */
function keepTopmost({ lookup, hidden }: Prediction, unnamed: readonly Buffer[]): void {
  const gone = new Set([...lookup.map((l) => l.path), ...hidden, ...unnamed].map((path) => path.toString("latin1")));
  const isTopmost = (path: Buffer): boolean => {
    for (let slash = path.lastIndexOf(SLASH); slash > 0; slash = path.lastIndexOf(SLASH, slash - 1)) {
      if (gone.has(path.toString("latin1", 0, slash))) return false;
    }
    return true;
  };
  lookup.splice(0, lookup.length, ...lookup.filter((l) => isTopmost(l.path)));
  hidden.splice(0, hidden.length, ...hidden.filter(isTopmost));
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

/** ovl_hash_bylower() */
function hashedByLower(env: Env, fh: Buffer, type: number, s: Survey): boolean {
  if (env.options.nfsExport && env.options.index) return false;
  if (type === DT_DIR) return true;
  if (env.index !== null && s.index !== null && s.index.table.find(fh, 0) >= 0) return true;
  const verdict = decodeHandle(fh);
  if (verdict.kind !== "valid") return false;
  const layers = env.root.lower.map((l) => l.layer);
  const lower = checkOriginFh(env, layers, verdict.handle, null, false);
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
