/**
 * Searches the merged tree, the untouched parts of the lower layers included,
 * for names that lead to certain lower objects. Reads names and inode numbers only.
 */
import { DT_DIR } from "../format/fileType.js";
import type { Native } from "../host/native.js";
import { type DirStack, ENOENT, type Env, type Found, type LayerPath } from "../kernel/env.js";
import { type Lookup, lookup, stackOf } from "../kernel/lookup.js";
import { join, splitPath } from "../kernel/path.js";
import { listNames } from "./compare.js";
import { ROOT } from "./ground.js";
import type { ReadHooks } from "./hooks.js";
import { eachEntry } from "./listing.js";
import { placesOf } from "./places.js";
import type { Survey } from "./survey.js";
import type { Wanted } from "./wanted.js";

/** A name of the plain view that shows a wanted lower object without an upper one, or fails. */
export interface Sighting {
  readonly parent: DirStack;
  readonly name: Buffer;
  readonly path: Buffer;
  readonly plain: Exclude<Lookup, { kind: "negative" }>;
}

const SLASH = 0x2f;

interface Place {
  readonly path: Buffer;
  readonly stack: DirStack;
}

/** Names that show wanted objects, anywhere. */
export function seek(native: Native, s: Survey, wanted: Wanted, hooks: ReadHooks): Sighting[] {
  if (wanted.size === 0 && !s.places.hasOpen()) return [];
  const isWanted = (top: Found): boolean =>
    wanted.has(`${top.object.dev}:${top.object.ino}`) || s.places.isOpen(top);
  const inos = new Set([...wanted].map((key) => Number(key.slice(key.indexOf(":") + 1))));
  const names = (stack: DirStack): Buffer[] => interesting(native, stack, inos, hooks);
  return search(s, [{ path: ROOT, stack: s.views.plain.root }], names, isWanted);
}

/**
 * Names inside directories that show twice: what is hidden, or stands elsewhere, for
 * the one does show in the other. All of their lower objects that the index or an upper object knows of.
 */
export function seekInside(native: Native, s: Survey, dirs: readonly Buffer[], hooks: ReadHooks): Sighting[] {
  const places = dirs.flatMap((path) => {
    const stack = directoryAt(s.views.plain, path);
    return stack === null ? [] : [{ path, stack }];
  });
  const names = (stack: DirStack): Buffer[] => listNames(native, [stack], hooks);
  const isKnown = (top: Found, fh: Buffer | null): boolean =>
    fh === null
      ? s.places.find(top) !== null
      : s.claims.find(fh, 0) >= 0 || (s.index !== null && s.index.table.find(fh, 0) >= 0);
  /** What a lower directory shows by itself: the same wherever it shows, and it may be in thousands of places. */
  const below = new Map<string, readonly Sighting[]>();
  const sightingsIn = (lower: readonly LayerPath[]): readonly Sighting[] => {
    const key = lower.map(({ layer, path }) => `${layer.index}/${path.toString("latin1")}`).join("\0");
    const known = below.get(key);
    if (known !== undefined) return known;
    const found = search(s, [{ path: ROOT, stack: { upper: null, lower } }], names, isKnown);
    below.set(key, found);
    return found;
  };
  return searchUpper(s, places, names, isKnown, sightingsIn);
}

/** As search(), but for names that upper has not: what is below these is known. */
function searchUpper(
  s: Survey,
  from: readonly Place[],
  namesOf: (stack: DirStack) => Buffer[],
  isSought: (top: Found, fh: Buffer | null) => boolean,
  sightingsIn: (lower: readonly LayerPath[]) => readonly Sighting[],
): Sighting[] {
  const sightings: Sighting[] = [];
  const waiting = [...from];
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
    const { path, stack } = dir;
    const own = stack.upper === null ? [] : namesOf({ upper: stack.upper, lower: [] });
    const covered = new Set(own.map((name) => name.toString("latin1")));
    for (const one of searchNames(s, dir, own, isSought, waiting)) sightings.push(one);
    for (const one of stack.lower.length === 0 ? [] : sightingsIn(stack.lower)) {
      const slash = one.path.indexOf(SLASH);
      if (covered.has(one.path.toString("latin1", 0, slash < 0 ? one.path.length : slash))) continue;
      sightings.push({ ...one, parent: slash < 0 ? stack : one.parent, path: join(path, one.path) });
    }
  }
  return sightings;
}

function search(
  s: Survey,
  from: readonly Place[],
  namesOf: (stack: DirStack) => Buffer[],
  isSought: (top: Found, fh: Buffer | null) => boolean,
): Sighting[] {
  const sightings: Sighting[] = [];
  const waiting = [...from];
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop())
    for (const one of searchNames(s, dir, namesOf(dir.stack), isSought, waiting)) sightings.push(one);
  return sightings;
}

/** Of these names of one directory; the directories among them are left in `waiting`. */
function searchNames(
  s: Survey,
  dir: Place,
  names: readonly Buffer[],
  isSought: (top: Found, fh: Buffer | null) => boolean,
  waiting: Place[],
): Sighting[] {
  const { view } = s.views.plain;
  const { upper } = dir.stack;
  const sightings: Sighting[] = [];
  for (const name of names) {
    const plain = lookup(s.views.plain, dir.stack, name);
    if (plain.kind === "negative") continue;
    const path = join(dir.path, name);
    const sighting = { parent: dir.stack, name, path, plain };
    if (plain.kind === "error") {
      // A name that the upper layer has was looked at on the way.
      const isLower =
        upper === null || view.examine({ layer: upper.layer, path: join(upper.path, name) }) === -ENOENT;
      if (isLower) sightings.push(sighting);
      continue;
    }
    const top = plain.lower[0];
    if (plain.upper === null && top !== undefined && isSought(top, plain.lowerFh)) sightings.push(sighting);
    if (plain.isDir) waiting.push({ path, stack: stackOf(plain) });
  }
  return sightings;
}

/** What the directory at this path is made of; null where it cannot be reached. */
export function directoryAt(env: Env, path: Buffer): DirStack | null {
  let stack = env.root;
  for (const name of splitPath(path)) {
    const found = lookup(env, stack, name);
    if (found.kind !== "found" || !found.isDir) return null;
    stack = stackOf(found);
  }
  return stack;
}

/** Names of directories, and of what has a wanted inode number in a lower layer: a subvolume has a device of its own. */
function interesting(native: Native, stack: DirStack, inos: ReadonlySet<number>, hooks: ReadHooks): Buffer[] {
  const names = new Map<string, Buffer>();
  for (const place of placesOf(stack)) {
    eachEntry(native, place, hooks, (name, type, ino) => {
      const isWanted = place.layer.index > 0 && inos.has(ino);
      if (isWanted || type === DT_DIR) names.set(name.toString("latin1"), Buffer.from(name));
    });
  }
  return [...names.values()];
}
