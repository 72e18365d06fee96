/** A world when its life is over, as an export would show it. */
import { lstatSync } from "node:fs";
import type { OverlayMount, Stage } from "../../support/mounts.js";
import { sys } from "../../support/sys.js";
import { examine, isDir, isWhiteout, names, under } from "../../support/tree.js";

/** Bytes that an overlay's handle has in front of the structure: type, three zeros. */
const WIRE_HEADER = 7;
/** Where the structure has its flags, and the one for a handle of an upper object. */
const FLAGS = 3;
const UPPER = 4;

export interface Name {
  /** st_mode without permissions, or the negative errno of its lookup. */
  readonly type: number;
  /** Hex of the handle structure that the overlay gives out. */
  readonly handle: string;
  /** st_nlink; 0 for directories, of which every filesystem has its own idea. */
  readonly links: number;
}

export interface World {
  /**
   * Kinds of entries by name once it is mounted, `#` temporaries aside. Mounting finishes what the life before left: the
   * kernel counts the entry among the links of a file that it met again after a mount, so it does not see its last
   * name go, and its entry becomes a tombstone only now. ovl_get_nlink(), ovl_indexdir_cleanup()
   */
  readonly index: ReadonlyMap<string, "tombstone" | "directory" | "file">;
  /** Files that only their entry still holds: their names are names of the lower object. */
  readonly onlyIndexed: ReadonlySet<string>;
  /** By path (latin1). */
  readonly names: ReadonlyMap<string, Name>;
}

export const isUpperHandle = (structure: string): boolean =>
  ((Buffer.from(structure, "hex")[FLAGS] ?? 0) & UPPER) !== 0;

/** Mounts as exported; handing out handles may copy up, so nothing is compared on disk afterwards. */
export function observe(stage: Stage, mount: OverlayMount): World {
  const all = (): World => {
    const index = readIndex(mount);
    const found = new Map<string, Name>();
    const visit = (rel: Buffer): void => {
      for (const name of names(under(stage.mnt, rel))) {
        const path = rel.length === 0 ? name : under(rel, name);
        const seen = look(under(stage.mnt, path));
        found.set(path.toString("latin1"), seen);
        if (seen.type >= 0 && isDir({ mode: seen.type })) visit(path);
      }
    };
    visit(Buffer.alloc(0));
    return { ...index, names: found };
  };
  return stage.withOverlay(mount, all, "mount as exported");
}

const S_IFMT = 0o170000;

function look(path: Buffer): Name {
  const mode = sys.lookup(path);
  if (mode < 0) return { type: mode, handle: "", links: 0 };
  return { type: mode & S_IFMT, handle: handleOf(path), links: isDir({ mode }) ? 0 : lstatSync(path).nlink };
}

/** Hex of the handle structure that the overlay gives out: of what is indexed the name of its entry. */
export function handleOf(path: Buffer): string {
  const handle = sys.nameToHandle(path);
  return typeof handle === "number" ? `errno ${handle}` : handle.subarray(WIRE_HEADER).toString("hex");
}

function readIndex(mount: OverlayMount): Pick<World, "index" | "onlyIndexed"> {
  const index = new Map<string, "tombstone" | "directory" | "file">();
  const onlyIndexed = new Set<string>();
  const dir = under(mount.work as Buffer, "index");
  for (const name of names(dir)) {
    if (name[0] === 0x23) continue;
    const node = examine(under(dir, name), name);
    const key = name.toString("latin1");
    index.set(key, isWhiteout(node) ? "tombstone" : isDir(node) ? "directory" : "file");
    if (index.get(key) === "file" && node.nlink === 1) onlyIndexed.add(key);
  }
  return { index, onlyIndexed };
}
