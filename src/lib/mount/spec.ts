/** What to mount, as somebody asked for it: layers by path, options by name. Nothing is opened yet. */
export interface MountSpec {
  /** Where this came from, for the report: "-o", "--lower/--upper/--work", "mountinfo", "fstab", … */
  readonly source: string;
  /** Topmost first. Absolute, as bytes (file names need not be UTF-8). */
  readonly lower: readonly Buffer[];
  /** Data-only layers (after `::`, or datadir+): they take no part in names. */
  readonly data: readonly Buffer[];
  readonly upper: Buffer | null;
  readonly work: Buffer | null;
  readonly options: RequestedOptions;
  /**
   * In which order the options name the layers: mount(2) fails at the first path that does not
   * resolve. Absent: lower, upper, work.
   */
  readonly order?: readonly LayerRole[];
}

export type LayerRole = "lower" | "upper" | "work";

/** Options as requested; absent means the module's default decides. */
export interface RequestedOptions {
  readonly index?: boolean;
  readonly nfsExport?: boolean;
  readonly metacopy?: boolean;
  readonly redirectDir?: "on" | "off" | "follow" | "nofollow";
  readonly uuid?: "off" | "null" | "auto" | "on";
  readonly xino?: "on" | "off" | "auto";
  readonly verity?: "off" | "on" | "require";
  readonly userxattr?: boolean;
  readonly volatile?: boolean;
  readonly readonly?: boolean;
  /** Options as given that older kernels refuse, as newerWords() names them. None of an overlay that is mounted. */
  readonly newer?: readonly string[];
}

/** Exactly what `--require` names: what the overlay is to be ready for. */
export type Require = "nfs-export" | "index" | "plain";
