import type { Code, Evidence } from "../catalogue/index.js";
import type { OverlayPrefix } from "../format/xattrNames.js";
import type { MountSpec } from "../mount/spec.js";

/** A superblock that holds layers. The kernel tells them apart by identity; so does `dev`. */
export interface Filesystem {
  readonly dev: number;
  /** s_uuid; 16 zero bytes where the filesystem has none. */
  readonly uuid: Buffer;
  /** f_type of statfs(2) and its name, for the report. */
  readonly magic: number;
  readonly name: string;
  /** ovl_can_decode_fh(): name_to_handle_at and open_by_handle_at both work here. */
  readonly handles: boolean;
  /** f_namelen of statfs(2): the overlay's is the largest of all layers'. */
  readonly namelen: number;
  readonly readonly: boolean;
  /** readdir tells types. */
  readonly dtype: boolean;
}

/** One opened layer. `index` is the kernel's layer idx: 0 is upper, 1 the topmost lower. */
export interface Layer {
  readonly index: number;
  readonly role: "upper" | "lower" | "data";
  readonly path: Buffer;
  /** Directory descriptor all reading starts from. */
  readonly fd: number;
  readonly dev: number;
  readonly ino: number;
  readonly fs: Filesystem;
  /** The mount at its path, or the filesystem. */
  readonly readonly: boolean;
  /** ovl_get_fsid(): 0 where it shares upper's superblock. */
  readonly fsid: number;
  /** Null or conflicting UUID among lower filesystems, upper's own aside: origins are not decoded here. */
  readonly badUuid: boolean;
}

/** Options in force after the kernel's dependencies and fallbacks (ovl_fs_params_verify, ovl_fill_super). */
export interface Effective {
  readonly index: boolean;
  readonly nfsExport: boolean;
  readonly metacopy: boolean;
  /** redirects are followed on lookup. */
  readonly redirectFollow: boolean;
  readonly redirectMode: "on" | "follow" | "nofollow" | "off";
  readonly uuid: "off" | "null" | "auto" | "on";
  readonly userxattr: boolean;
  readonly volatile: boolean;
  /** No upper, or read-only upper: nothing is written, no index directory is made. */
  readonly readonly: boolean;
  /** upper cannot hold overlay xattrs. */
  readonly noxattr: boolean;
}

/** The code of a finding, and its evidence; any one's, told apart by the code, unless it is said whose. */
export type Reason<C extends Code = Code> = {
  [K in C]: { readonly cause: K; readonly evidence: Evidence[K] };
}[C];

/** A mount that the kernel would refuse, with the errno of mount(2) and the finding that says why. */
export type Refusal<C extends Code = Code> = Reason<C> & { readonly errno: string };

/** Something that is no refusal of the kernel's: the overlay cannot be judged, or not as it should be. */
export type Problem<C extends Code = Code> = Reason<C>;

/** An option that ended up different from what was asked for, and why. */
export type Fallback<C extends Code = Code> = Reason<C> & OptionChange;

export interface OptionChange {
  readonly option: string;
  readonly requested: string;
  readonly effective: string;
}

export interface Stack {
  readonly spec: MountSpec;
  readonly upper: Layer | null;
  /** Topmost first; `lower[0].index === 1`. */
  readonly lower: readonly Layer[];
  readonly data: readonly Layer[];
  /** workdir itself (not work/work). */
  readonly work: {
    readonly path: Buffer;
    readonly fd: number;
    readonly dev: number;
    readonly ino: number;
  } | null;
  /** "trusted.overlay." or "user.overlay." */
  readonly prefix: OverlayPrefix;
}
