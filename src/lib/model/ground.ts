/** The ground that a check stands on: the roots of the layers, the work directory, the index as it is listed. */
import { DT_DIR } from "../format/fileType.js";
import type { Errno, Native, RawObject } from "../host/native.js";
import { type DirStack, ENOENT, ENOTDIR, type Env, isDir } from "../kernel/env.js";
import { join } from "../kernel/path.js";
import { type RootVerdict, verifyIndexDir, verifyRootOrigin } from "../kernel/roots.js";
import type { Layer, Stack } from "../layers/types.js";
import type { DiskView } from "./disk-view.js";
import type { IndexState } from "./index-state.js";
import { eachEntry } from "./listing.js";

/** Path of a layer's root. */
export const ROOT = Buffer.alloc(0);
/** Where the index directory is, below the work directory. */
export const INDEX = Buffer.from("index");
const SCRATCH = Buffer.from("work");

/** Read before anything else: what a mount looks at before the first lookup. */
export interface Ground {
  readonly root: DirStack;
  /** The work directory in the shape of a layer: what is in it is read like everything else. */
  readonly work: Layer | null;
  readonly indexDir: RawObject | Errno;
  readonly upperRoot: RawObject | Errno;
  /** Of these, and of the lower roots: what could not be read. Nothing that hangs on them is known. */
  readonly unreadable: readonly UnreadableGround[];
  /** The overlay has been mounted with index=on before. */
  readonly era: boolean;
  /** `dev:ino` of layer roots, and of the directories that the kernel works in. ovl_setup_trap() */
  readonly traps: ReadonlySet<string>;
}

/** What of the ground could not be read; `errno` is negative. */
export interface UnreadableGround {
  readonly layer: Layer;
  readonly path: Buffer;
  /** Name of an overlay xattr; null where the object itself cannot be looked at. */
  readonly xattr: string | null;
  readonly errno: Errno;
}

/** What may be absent, is: the mount makes it. */
const ABSENT: ReadonlySet<Errno> = new Set([-ENOENT, -ENOTDIR]);

export function surveyGround(view: DiskView, stack: Stack): Ground {
  const { upper } = stack;
  const root: DirStack = {
    upper: upper === null ? null : { layer: upper, path: ROOT },
    lower: stack.lower.map((layer) => ({ layer, path: ROOT })),
  };
  const work = stack.work === null || upper === null ? null : { ...upper, ...stack.work };
  const at = (layer: Layer | null, path: Buffer): RawObject | Errno =>
    layer === null ? -ENOENT : view.examine({ layer, path });
  const indexDir = at(work, INDEX);
  const upperRoot = at(upper, ROOT);
  const scratch = at(work, SCRATCH);
  const traps = new Set<string>();
  const layers = [
    ...(upper === null ? [] : [upper]),
    ...stack.lower,
    ...stack.data,
    ...(work === null ? [] : [work]),
  ];
  for (const { dev, ino } of layers) traps.add(`${dev}:${ino}`);
  for (const object of [indexDir, scratch]) {
    if (typeof object !== "number") traps.add(`${object.dev}:${object.ino}`);
  }
  const hasOrigin = typeof upperRoot !== "number" && upperRoot.xattrs.has("origin");
  const unreadable: UnreadableGround[] = [];
  const note = (layer: Layer | null, path: Buffer, object: RawObject | Errno): void => {
    if (layer === null) return;
    if (typeof object !== "number") unreadable.push(...unreadableXattrs(layer, path, object));
    else if (path === ROOT || !ABSENT.has(object))
      unreadable.push({ layer, path, xattr: null, errno: object });
  };
  note(upper, ROOT, upperRoot);
  for (const layer of [...stack.lower, ...stack.data]) note(layer, ROOT, at(layer, ROOT));
  note(work, INDEX, indexDir);
  note(work, SCRATCH, scratch);
  const era = typeof indexDir !== "number" || hasOrigin;
  return { root, work, indexDir, upperRoot, unreadable, era, traps };
}

function unreadableXattrs(layer: Layer, path: Buffer, object: RawObject): UnreadableGround[] {
  if (object.xattrError !== 0) return [{ layer, path, xattr: "*", errno: object.xattrError }];
  return [...object.xattrs].flatMap(([xattr, value]) =>
    typeof value === "number" ? [{ layer, path, xattr, errno: value }] : [],
  );
}

/** ovl_get_indexdir(): the ties in the order of the mount; it ends at the first that refuses. */
export function tieRoots(env: Env, ground: Ground): RootVerdict[] {
  const { root, upperRoot, indexDir } = ground;
  const lower = root.lower[0];
  if (typeof upperRoot === "number" || lower === undefined || root.upper === null) return [];
  const lowerRoot = env.view.examine(lower);
  if (typeof lowerRoot === "number") return [];
  const origin = verifyRootOrigin(env, upperRoot, { ...lower, object: lowerRoot });
  if (typeof indexDir === "number" || !isDir(indexDir) || origin.state === "refuse") return [origin];
  return [origin, ...verifyIndexDir(env, indexDir, { ...root.upper, object: upperRoot })];
}

/** Take in all names of the index directory; 0, or the negative errno of reading it. */
export function readIndex(native: Native, ground: Ground, index: IndexState): 0 | Errno {
  if (ground.work === null || typeof ground.indexDir === "number") return 0;
  const result = index.read(native);
  return result === -ENOTDIR ? 0 : result;
}

/** Does an index entry that is a directory hold nothing? It should never hold anything. */
export function isEmptyEntry(native: Native, ground: Ground, entry: Buffer): boolean {
  if (ground.work === null) return true;
  let names = 0;
  const place = { layer: ground.work, path: join(INDEX, entry) };
  eachEntry(native, place, { onUnreadable: () => undefined }, () => names++);
  return names === 0;
}

/** Does one of the kernel's temporaries in the index hold a directory that holds something itself? */
export function isStuckTemporary(native: Native, ground: Ground, name: Buffer): boolean {
  if (ground.work === null) return false;
  const inside: Buffer[] = [];
  const place = { layer: ground.work, path: join(INDEX, name) };
  eachEntry(native, place, { onUnreadable: () => undefined }, (child, type) => {
    if (type === DT_DIR) inside.push(Buffer.from(child));
  });
  return inside.some((child) => !isEmptyEntry(native, ground, join(name, child)));
}

/**
 * Has the lowest layer been an upper once? Then it may hold whiteouts, redirects and metadata-only
 * files anywhere. Each copy-up marks its parent impure, up to the root: a root without marks has none below.
 */
export function wasUpper(view: DiskView, root: DirStack): boolean {
  const bottom = root.lower.at(-1);
  const object = bottom === undefined ? -ENOENT : view.examine(bottom);
  return typeof object !== "number" && object.xattrs.size > 0;
}

/** When what the kernel changes first by mounting, and what anybody changes by working in a root, last changed. */
export interface Stamp {
  readonly layer: Layer;
  readonly path: Buffer;
  readonly ctimeNs: bigint;
}

/** Taken before and after reading: two different stamps are a layer that changed meanwhile. */
export function takeStamps(native: Native, ground: Ground, prefix: string): Stamp[] {
  const places = [ground.root.upper, ...ground.root.lower].filter((place) => place !== null);
  if (ground.work !== null) {
    places.push({ layer: ground.work, path: ROOT }, { layer: ground.work, path: INDEX });
  }
  return places.flatMap(({ layer, path }) => {
    const object = native.examine(layer.fd, path, prefix);
    return [{ layer, path, ctimeNs: typeof object === "number" ? BigInt(object) : object.ctimeNs }];
  });
}
