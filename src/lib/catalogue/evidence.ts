/**
 * The typed evidence of each finding code: small values that a person can read.
 *
 * Handles and xattr values are lower-case hex. Names and paths are strings in
 * which bytes that are not UTF-8 have become U+FFFD; `Finding.path` has the bytes.
 * Types of objects are "file", "directory", "symlink", "fifo", "socket", "character device",
 * "block device", "whiteout". Errnos are their names ("EIO").
 */
export interface Evidence extends Mount, Roots, Entries, Objects, Names, Run {}

interface Mount {
  /** `path`: the layer's own path as given. */
  "layer-missing": { readonly path: string; readonly errno: string };
  "layer-not-directory": { readonly path: string; readonly type: string };
  /** `inner` lies inside `outer`; both as "lower[1] /path". */
  "layers-overlap": { readonly inner: string; readonly outer: string };
  /** `first` and `second`: which layers; "upper", "lower[2]". */
  "layer-twice": { readonly path: string; readonly first: string; readonly second: string };
  "work-other-mount": { readonly upper: string; readonly work: string };
  "work-inside-upper": {
    readonly upper: string;
    readonly work: string;
    readonly relation: "work-inside-upper" | "upper-inside-work" | "same";
  };
  /** `role`: what it is to the other mount. `pid`: a process that sees that mount; null for this one's own namespace. */
  "layers-in-use": {
    readonly path: string;
    readonly role: string;
    readonly mountpoint: string;
    readonly pid: number | null;
  };
  "volatile-dirty": { readonly path: string };
  /** `name`: the entry in work/incompat. */
  "incompat-feature": { readonly name: string };
  "layer-unreadable": { readonly path: string; readonly errno: string };
  /** `needs`: the capability; `why`: what cannot be read without it. */
  "no-privilege": { readonly needs: string; readonly why: string };
  "fs-no-handles": { readonly path: string; readonly filesystem: string };
  "fs-no-xattrs": { readonly path: string; readonly filesystem: string; readonly errno: string };
  "fs-no-dtype": { readonly path: string; readonly filesystem: string };
  "uuid-null": { readonly path: string; readonly filesystem: string };
  /** `other`: the layer whose filesystem has the same UUID. */
  "uuid-conflict": { readonly path: string; readonly uuid: string; readonly other: string };
  /** `options`: as the kernel prints them: "nfs_export=on,metacopy=on". */
  "options-conflict": { readonly options: string };
  "option-fallback": {
    readonly option: string;
    readonly requested: string;
    readonly effective: string;
    readonly reason: string;
  };
  "upper-readonly": { readonly path: string };
  "too-few-layers": { readonly lowers: number };
  "mount-option-invalid": { readonly option: string; readonly reason: string };
  "work-missing": { readonly upper: string };
  "upper-not-supported": { readonly path: string; readonly filesystem: string };
}

interface Roots {
  "root-origin-missing": { readonly expected: string };
  "root-origin-mismatch": { readonly stored: string; readonly expected: string };
  "root-origin-invalid": { readonly stored: string; readonly reason: string };
  "index-upper-missing": { readonly expected: string };
  /** `xattr`: "upper", or "origin" of older kernels. */
  "index-upper-mismatch": { readonly xattr: string; readonly stored: string; readonly expected: string };
  "index-upper-invalid": { readonly stored: string; readonly reason: string };
  /** `because`: what shows that there has been one. */
  "index-missing": { readonly because: string };
  "index-not-directory": { readonly type: string };
  /** `stored`, `expected`: UUIDs. `on`: which xattr differs in nothing else. */
  "uuid-mode-changed": { readonly on: string; readonly stored: string; readonly expected: string };
  /** `entries`: index entries that lack what they were made with; 0 where only upper itself looks bare. */
  "xattrs-lost": { readonly entries: number; readonly merged: number; readonly whiteouts: number };
}

interface Entries {
  "entry-name-invalid": { readonly reason: string };
  "entry-name-unknown": { readonly reason: string };
  /** `canonical`: the name that lookups use. */
  "entry-name-noncanonical": { readonly reason: string; readonly canonical: string };
  "entry-upper-missing": Readonly<Record<never, never>>;
  "entry-upper-unknown": { readonly stored: string; readonly reason: string };
  "entry-upper-stale": { readonly stored: string };
  "entry-upper-not-directory": { readonly stored: string; readonly type: string };
  /** `object`: where the upper object is, if known. */
  "entry-origin-mismatch": { readonly stored: string; readonly object: string | null };
  "entry-origin-missing": { readonly type: string; readonly object: string | null };
  "entry-origin-stale": { readonly type: string };
  "entry-type-wrong": { readonly type: string; readonly originType: string };
  /** `nlink`: the nlink xattr's text, null where there is none. `becomes`: what the mount makes of it. */
  "entry-orphan": { readonly nlink: string | null; readonly becomes: "tombstone" | "removed" };
  "entry-foreign": { readonly type: string; readonly reason: string };
  /** `lower`: where the lower object is. */
  "tombstone-over-reachable": { readonly lower: string };
  "tombstone-missing": { readonly type: string; readonly lower: string };
  "index-temporary": { readonly type: string };
  /** Inode numbers on the upper filesystem. */
  "entry-other-inode": { readonly entry: string; readonly entryInode: number; readonly upperInode: number };
}

interface Objects {
  /** `era`: the overlay has been mounted with index=on before. */
  "copied-up-not-indexed": { readonly type: string; readonly era: boolean };
  "origin-duplicate": { readonly type: string; readonly other: string };
  "origin-invalid": { readonly stored: string; readonly reason: string };
  "origin-unknown": { readonly stored: string; readonly reason: string };
  "origin-stale": { readonly stored: string };
  "origin-type-mismatch": { readonly type: string; readonly originType: string };
  "origin-outside-layers": { readonly stored: string; readonly found: string };
  "merge-origin-missing": { readonly lower: string };
  "merge-origin-mismatch": { readonly lower: string; readonly stored: string; readonly expected: string };
  /** `other`: the names that it was one file with: "the 2 other names of lower inode 19". */
  "hardlink-split": { readonly other: string };
  "nlink-malformed": { readonly stored: string };
  /** Link counts of the overlay's object. */
  "nlink-wrong": { readonly stored: string; readonly gives: number; readonly expected: number };
}

interface Names {
  "redirect-malformed": { readonly redirect: string; readonly reason: string };
  /** `resolved`: where it leads, from the overlay's root. */
  "redirect-dangling": { readonly redirect: string; readonly resolved: string };
  "redirect-not-directory": { readonly redirect: string; readonly resolved: string; readonly type: string };
  "redirect-hidden": {
    readonly redirect: string;
    readonly resolved: string;
    readonly ancestor: string;
    readonly by: "opaque directory" | "whiteout";
  };
  "redirect-duplicate": { readonly redirect: string; readonly other: string };
  /** `origin`: the name under which the lower directory is still visible. */
  "redirect-uncovered": { readonly redirect: string; readonly origin: string };
  "redirect-not-followed": { readonly redirect: string; readonly option: string };
  "whiteout-orphan": { readonly kind: "device" | "xattr" };
  "whiteout-in-opaque": { readonly kind: "device" | "xattr" };
  "opaque-invalid": { readonly value: string };
  /** `child`: one object in it that has an origin, or by its redirect a lower object. */
  "impure-missing": { readonly child: string };
  "whiteout-xattr-unmarked": { readonly size: number };
  "metacopy-no-data": { readonly redirect: string | null };
  "metacopy-invalid": { readonly value: string; readonly reason: string };
  "metacopy-not-followed": { readonly option: string };
  "metacopy-origin-mismatch": { readonly lower: string; readonly stored: string; readonly expected: string };
  /** `name`: after the prefix: "overlay.opaque". */
  "xattr-escaped": { readonly name: string };
  /** `names`: after `prefix`, which is not the one that the options name. `own`: the layer's root has them, too. */
  "xattr-other-namespace": { readonly prefix: string; readonly names: string; readonly own: boolean };
  "middle-redirect": { readonly redirect: string; readonly resolved: string };
  /** `because`: what makes the kernel copy up. */
  "copy-up-on-encode": { readonly because: string };
  /** `trapped`: which layer root is found there. */
  "layer-trapped": { readonly trapped: string };
}

interface Run {
  "layer-changed": { readonly what: string };
  /** `operation`: "open", "read", "stat". */
  unreadable: { readonly operation: string; readonly errno: string };
  /** `name`: the xattr's full name; "*" where the list could not be read. */
  "xattr-unreadable": { readonly name: string; readonly errno: string };
  "lookup-refused": { readonly errno: string; readonly reason: string };
  /** `run`: "0007-repair"; `state`: "open", or "undoing" while it was being taken back. */
  "journal-unfinished": { readonly run: string; readonly state: string };
}
