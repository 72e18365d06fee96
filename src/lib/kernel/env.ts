/**
 * What the kernel's rules are applied to: an overlay as an interface, so that
 * the rules stay pure. The real thing reads disks (model/disk-view.ts); tests make one up.
 */
import { S_IFCHR, S_IFDIR, S_IFMT, S_IFREG } from "../format/fileType.js";
import type { Errno, RawObject } from "../host/native.js";
import { atLeast, type KernelVersion } from "../layers/facts.js";
import type { Effective, Layer } from "../layers/types.js";

// Errnos as asm-generic numbers them. What a View returns is the negative one; `errno` in a verdict is the positive one.
export const ENOENT = 2;
export const EIO = 5;
export const EPERM = 1;
export const EACCES = 13;
export const EOPNOTSUPP = 95;
export const EXDEV = 18;
export const ENOTDIR = 20;
export const EINVAL = 22;
export const ERANGE = 34;
export const ENAMETOOLONG = 36;
export const ENOTEMPTY = 39;
export const ELOOP = 40;
export const ENODATA = 61;
export const ESTALE = 116;

/** A place in a layer: struct ovl_path. The path is relative to the layer's root. */
export interface LayerPath {
  readonly layer: Layer;
  readonly path: Buffer;
}

/** An object found in a layer. */
export interface Found extends LayerPath {
  readonly object: RawObject;
}

/** The real directories behind one overlay directory: struct ovl_entry and its upper dentry. */
export interface DirStack {
  readonly upper: LayerPath | null;
  /** Topmost first. */
  readonly lower: readonly LayerPath[];
}

/** The filesystem as the rules see it. */
export interface View {
  /** What stands at a place, or a negative errno (-ENOENT: nothing). */
  examine(at: LayerPath): RawObject | Errno;
  /** What a handle leads to: open_by_handle_at, or a negative errno (-ESTALE: nothing any more). */
  decode(layer: Layer, type: number, fid: Buffer): (RawObject & { readonly path: Buffer }) | Errno;
}

/** What the index answers for a lower object's handle. */
export type IndexHit =
  | { readonly state: "absent" }
  | { readonly state: "tombstone" }
  /** `typeBits`: of st_mode (S_IFMT). For a directory `ino` is the entry's, not the upper directory's; `object` reads the entry. */
  | { readonly state: "entry"; readonly ino: number; readonly typeBits: number; object(): RawObject | Errno };

/** The index directory, asked for entries by name: what ovl_lookup_index() and ovl_get_index_fh() look up. */
export interface IndexView {
  /** `fh`: a whole handle structure, as in the entry's name. */
  find(fh: Buffer): IndexHit;
}

/** One overlay, mounted one way. */
export interface Env {
  readonly options: Effective;
  /** Whose rules: those of 6.18, and of 6.1 where they are known to differ. */
  readonly kernel: KernelVersion;
  readonly view: View;
  /** null where there is no index directory (index=off, read-only). */
  readonly index: IndexView | null;
  readonly root: DirStack;
  /** Data-only layers: they take no part in names, and are searched for the data of metadata-only files. */
  readonly data: readonly Layer[];
  /** `dev:ino` of every layer root, work and index directory: finding one inside a layer is ELOOP. */
  readonly traps: ReadonlySet<string>;
}

export const isDir = (o: { readonly mode: number }): boolean => (o.mode & S_IFMT) === S_IFDIR;
export const isReg = (o: { readonly mode: number }): boolean => (o.mode & S_IFMT) === S_IFREG;
export const sameType = (a: { readonly mode: number }, b: { readonly mode: number }): boolean =>
  (a.mode & S_IFMT) === (b.mode & S_IFMT);

/** A whiteout of the old kind: a character device 0:0. ovl_is_whiteout() */
export const isWhiteoutDevice = (o: Pick<RawObject, "mode" | "rdev">): boolean =>
  (o.mode & S_IFMT) === S_IFCHR && o.rdev === 0;

/**
 * A whiteout of either kind. A zero-size regular file with the `whiteout` xattr is one since 6.7, which
 * brought ovl_path_is_whiteout(); before, ovl_is_whiteout() knew the device alone.
 */
export const isWhiteout = (o: RawObject, kernel: KernelVersion): boolean =>
  isWhiteoutDevice(o) ||
  (isReg(o) && o.size === 0 && Buffer.isBuffer(o.xattrs.get("whiteout")) && atLeast(kernel, 6, 7));
