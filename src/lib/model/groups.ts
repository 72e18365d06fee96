/** Names that share one lower object, whatever upper object each of them comes with. */
import { DT_DIR } from "../format/fileType.js";
import type { LayerPath } from "../kernel/env.js";
import type { Claimant, PlaceClaim } from "./place-claims.js";
import type { Sighting } from "./seek.js";
import type { Survey } from "./survey.js";
import type { Origin } from "./wanted.js";

/** Names that come with one lower object, in the order of the walk. */
export interface Group {
  /** Handle structure of the lower object; null where its filesystem gives none. */
  readonly fh: Buffer | null;
  /** Where the lower object is, if it has no handle. */
  readonly place: LayerPath | null;
  /** DT_* */
  readonly type: number;
  readonly claimants: readonly Claimant[];
}

/** `namesOf`: all names of upper inodes. */
export function groupClaimants(
  s: Survey,
  sightings: readonly Sighting[],
  origins: readonly Origin[],
  namesOf: (inos: ReadonlySet<number>) => ReadonlyMap<number, readonly Buffer[]>,
): Group[] {
  const known = new Map<string, OpenGroup>();
  const group = (fh: Buffer, type: number): Claimant[] => {
    const key = fh.toString("latin1");
    let found = known.get(key);
    if (found === undefined) {
      found = { fh, place: null, type, claimants: holderOf(s, fh, s.nameOf) };
      known.set(key, found);
    }
    return found.claimants;
  };
  const byPlace = new Map<PlaceClaim, OpenGroup>();
  const groupAt = (claim: PlaceClaim): Claimant[] => {
    const open = byPlace.get(claim);
    if (open !== undefined) return open.claimants;
    const claimants = [...claim.claimants];
    byPlace.set(claim, { fh: null, place: claim.lower, type: DT_DIR, claimants });
    return claimants;
  };
  for (const claim of s.places.shared()) groupAt(claim);
  for (const rival of s.rivals) group(rival.fh, rival.type).push({ path: rival.path, upper: rival.ino });
  for (const { plain, path } of sightings) {
    if (plain.kind !== "found") continue;
    if (plain.lowerFh === null) {
      const claim = plain.lower[0] === undefined ? null : s.places.find(plain.lower[0]);
      if (claim !== null) groupAt(claim).push({ path, upper: null });
      continue;
    }
    // A lower alias of an indexed object takes its upper one from the index: it never comes without.
    const row = s.index === null || plain.isDir ? -1 : s.index.table.find(plain.lowerFh, 0);
    if (row >= 0 && s.index?.hit(row).state === "entry") continue;
    group(plain.lowerFh, plain.isDir ? DT_DIR : 0).push({ path, upper: null });
  }
  // An origin may even be an upper object: then that one's own inode is the one to be shared.
  const upperDev = s.views.plain.root.upper?.layer.dev;
  const inUpper = origins.filter(({ fh, dev }) => dev === upperDev && !known.has(fh.toString("latin1")));
  const inos = new Set(inUpper.map(({ ino }) => ino));
  for (const { fh } of inUpper) group(fh, 0);
  const groups = [...known.values(), ...byPlace.values()];
  for (const { claimants } of groups) for (const { upper } of claimants) if (upper !== null) inos.add(upper);
  const names = namesOf(inos);
  for (const { fh, ino } of inUpper) {
    for (const path of names.get(ino) ?? []) group(fh, 0).push({ path, upper: ino });
  }
  for (const { claimants } of groups) {
    const named = new Set(claimants.map(({ path }) => path.toString("latin1")));
    for (const upper of new Set(claimants.map((c) => c.upper))) {
      for (const path of upper === null ? [] : (names.get(upper) ?? [])) {
        if (!named.has(path.toString("latin1"))) claimants.push({ path, upper });
      }
    }
    claimants.sort((a, b) => walkOrder(a.path, b.path));
  }
  return groups;
}

type OpenGroup = Group & { readonly claimants: Claimant[] };

/** Of groups that have one, by handle structure. */
export function byHandle(groups: readonly Group[]): Map<string, readonly Claimant[]> {
  return new Map(
    groups.flatMap(({ fh, claimants }) => (fh === null ? [] : [[fh.toString("latin1"), claimants] as const])),
  );
}

/** The upper object that named the lower one first. */
export function holderOf(s: Survey, fh: Buffer, nameOf: (dir: number, ino: number) => Buffer): Claimant[] {
  const claim = s.claims.find(fh, 0);
  if (claim >= 0)
    return [{ path: nameOf(s.claims.note(claim), s.claims.ino(claim)), upper: s.claims.ino(claim) }];
  const entry = s.index === null ? -1 : s.index.table.find(fh, 0);
  if (s.index === null || entry < 0 || !s.index.isClaimed(entry)) return [];
  const ino = s.index.table.ino(entry);
  return [{ path: nameOf(s.index.table.note(entry), ino), upper: ino }];
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
