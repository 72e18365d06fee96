/**
 * What the kernel really does with an overlay.
 *
 * Mounting an overlay changes it: the kernel sets missing origins, removes
 * index entries, writes a UUID. So nothing is asked twice of the same bytes. An
 * overlay is judged in this order:
 *
 * 1. images are unmounted and copied, byte for byte;
 * 2. the plain view (index=off) is taken from the copy, mounted at the same path;
 * 3. the product's check reads the original, which must not change anything;
 * 4. the original is mounted as required and looked at.
 *
 * A name belongs to the plain view where looking it up there, alone on a fresh
 * mount, gives anything but ENOENT. readdir is not asked: it leaves out a name
 * whose lookup fails in some directories and lists it in others, and it fills
 * the inode cache in the order of the disk. Every basename that occurs in any layer
 * is tried in every directory instead, so that no model of overlayfs is needed here.
 *
 * The required view is walked once, depth first, the names of a directory in
 * byte order, each directory before what is in it, with everything kept in the
 * cache: where two names lead to one inode, the first one wins, and the second fails with
 * ESTALE. Nothing below a name that fails is looked up.
 */
import { lstatSync } from "node:fs";
import { KernelLog } from "./kmsg.js";
import type { OverlayMount, Stage } from "./mounts.js";
import { errnoName, type Result, S_IFDIR, S_IFMT, sys } from "./sys.js";
import { isWhiteout, names, scan, under } from "./tree.js";

export interface PlainName {
  /** Relative to the overlay's root. */
  readonly path: Buffer;
  /** st_mode, or the negative errno (never ENOENT). */
  readonly result: Result;
}

export interface Observation {
  readonly mount: { readonly ok: true } | { readonly ok: false; readonly errno: string };
  /** Whether the plain view could be mounted, and what is in it. */
  readonly plain: { readonly mount: string; readonly names: readonly PlainName[] };
  /** Changed by mount(2) itself, even where it failed in the end. `#` temporaries aside. */
  readonly index: { readonly removed: readonly string[]; readonly tombstoned: readonly string[] };
  readonly lookup: readonly { readonly path: Buffer; readonly errno: string }[];
  readonly hidden: readonly Buffer[];
  /** Messages of overlayfs during mount and walk, each once. */
  readonly warnings: readonly string[];
}

const ENOENT = -2;
const isDirectory = (result: Result) => result >= 0 && (result & S_IFMT) === S_IFDIR;

/** Every basename of every layer, in byte order. */
export function basenames(layers: readonly Buffer[]): Buffer[] {
  const all = new Map<string, Buffer>();
  for (const layer of layers)
    for (const node of scan(layer)) all.set(node.name.toString("latin1"), node.name);
  return [...all.values()].sort(Buffer.compare);
}

/** The names of the plain view, in the order of the walk. The disks are mounted, the overlay is not. */
export function plainView(stage: Stage, mount: OverlayMount): Observation["plain"] {
  const candidates = basenames([...mount.lower, ...(mount.upper ? [mount.upper] : [])]);
  const first = stage.overlay(mount);
  if (first < 0) return { mount: errnoName(first), names: [] };
  const found: PlainName[] = [];
  const visit = (dir: Buffer, rel: Buffer): void => {
    for (const name of candidates) {
      const path = under(dir, name);
      let result = sys.lookup(path);
      if (result === ENOENT) continue;
      if (result < 0) {
        // Another name may hold the inode: ask again where nothing else has been looked up.
        stage.umountOverlay();
        stage.overlay(mount);
        result = sys.lookup(path);
        if (result === ENOENT) continue;
      }
      const below = rel.length === 0 ? name : under(rel, name);
      found.push({ path: below, result });
      if (isDirectory(result)) visit(path, below);
    }
  };
  visit(stage.mnt, Buffer.alloc(0));
  stage.umountOverlay();
  return { mount: "ok", names: found };
}

/** Entries of the index: true for a tombstone. */
function indexState(mount: OverlayMount): Map<string, boolean> {
  const state = new Map<string, boolean>();
  if (!mount.work) return state;
  const index = under(mount.work, "index");
  const mode = sys.lookup(index);
  if (mode < 0 || (mode & S_IFMT) !== S_IFDIR) return state;
  for (const name of names(index)) {
    if (name[0] !== 0x23) state.set(name.toString("latin1"), isWhiteout(lstatSync(under(index, name))));
  }
  return state;
}

/** Mount as required and look at every name of the plain view; unmounts again. */
export function requiredView(stage: Stage, mount: OverlayMount, plain: Observation["plain"]): Observation {
  const before = indexState(mount);
  const log = new KernelLog();
  const lookup: { path: Buffer; errno: string }[] = [];
  const hidden: Buffer[] = [];
  try {
    const result = stage.overlay(mount);
    const after = indexState(mount);
    if (result === 0) {
      let failed: Buffer | null = null;
      for (const name of plain.names) {
        if (
          failed !== null &&
          name.path.subarray(0, failed.length + 1).equals(Buffer.concat([failed, Buffer.from("/")]))
        )
          continue;
        const got = sys.lookup(under(stage.mnt, name.path));
        failed = got < 0 ? name.path : null;
        if (got === ENOENT) hidden.push(name.path);
        else if (got < 0) lookup.push({ path: name.path, errno: errnoName(got) });
      }
    }
    const removed = [...before.keys()].filter((name) => !after.has(name));
    const tombstoned = [...before]
      .filter(([name, was]) => !was && after.get(name) === true)
      .map(([name]) => name);
    const warnings = [...new Set(log.take())];
    return {
      mount: result === 0 ? { ok: true } : { ok: false, errno: errnoName(result) },
      plain,
      index: { removed, tombstoned },
      lookup,
      hidden,
      warnings,
    };
  } finally {
    log.close();
    stage.umountOverlay();
  }
}
