/**
 * What the C addon offers, as types. No policy lives below this line: the
 * addon reads what it is told to read and returns bytes, numbers and errnos.
 *
 * Conventions
 * - A path is a Buffer relative to a layer's own directory descriptor, without
 *   a leading slash; the empty Buffer is that directory itself. It may be longer
 *   than PATH_MAX. It is walked with openat2(RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS),
 *   so no symlink of a hostile layer leads outside.
 * - A system call that fails is data: the negative errno (`-2` is ENOENT), never an exception.
 */
export type Errno = number;

/** One object of a layer, as it stands on disk. */
export interface RawObject {
  readonly dev: number;
  readonly ino: number;
  /** st_mode, type bits included. */
  readonly mode: number;
  readonly nlink: number;
  readonly size: number;
  /** Device number for device nodes; 0 for a whiteout. */
  readonly rdev: number;
  /** st_ctime in nanoseconds, to notice an overlay that changes while it is read. */
  readonly ctimeNs: bigint;
  /**
   * Overlay xattrs under the prefix in use, by name after the prefix ("origin",
   * "overlay.opaque" for an escaped one). A number is the negative errno of a read that failed.
   */
  readonly xattrs: ReadonlyMap<string, Buffer | Errno>;
  /** Filled only where the list of xattrs itself could not be read. */
  readonly xattrError: Errno | 0;
  /** name_to_handle_at's type and bytes, or a negative errno. */
  readonly handle: RawHandle | Errno;
}

/** Of one object, as much as is compared before it is changed. */
export interface Glance extends Pick<RawObject, "dev" | "ino" | "mode" | "rdev" | "ctimeNs"> {
  /** Null: there is none, or nobody asked. */
  readonly value: Buffer | null | Errno;
}

/** Of a regular file, what has to do with its data. */
export interface Content extends Pick<RawObject, "dev" | "ino" | "mode" | "size" | "ctimeNs"> {
  /** Bytes that are not in holes (lseek(2), SEEK_DATA); the filesystem may count up to its blocks' ends. */
  readonly data: number;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  /** Value of security.capability; null where it has none. The kernel takes it off with each write. */
  readonly capability: Buffer | null;
}

/** All that an object is besides its content and its names. */
export interface Attributes extends Pick<RawObject, "dev" | "ino" | "mode" | "rdev" | "ctimeNs"> {
  readonly uid: number;
  readonly gid: number;
  /** Of a directory: what chattr(1) sets (FS_IOC_GETFLAGS); 0 of all else. */
  readonly flags: number;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  /** All that this process is shown, by whole names (bytes as Latin-1), in no order. */
  readonly xattrs: readonly (readonly [name: string, value: Buffer])[];
}

/** As fs-verity measures a file: FS_IOC_MEASURE_VERITY. */
export interface VerityDigest {
  readonly algorithm: number;
  readonly bytes: Buffer;
}

/** A handle of the real filesystem, struct file_handle: at most 128 bytes (MAX_HANDLE_SZ). */
export interface RawHandle {
  readonly type: number;
  readonly bytes: Buffer;
}

/** What a handle leads to. The kernel gives only directories a place (ovl_acceptable). */
export interface DecodedObject extends RawObject {
  /** Of a directory: its path below `root`. Empty for the root itself, for anything else, and with `pathError`. */
  readonly path: Buffer;
  /** 0, or -EXDEV (-18): not below `root`; -ESTALE (-116): removed; or why the path could not be read. */
  readonly pathError: Errno | 0;
}

/** One directory to list, and the directories of other layers to probe for each of its names. */
export interface ScanJob {
  /** Either where the directory is, or the token that an earlier, unfinished listing returned. */
  readonly root: number;
  readonly path: Buffer;
  /** From {@link ScanPart.resume}: go on with a directory too large for one part. 0: from the start. */
  readonly resume: number;
  /** Directories of the other layers of the same merged directory, topmost first. */
  readonly probes: readonly { readonly root: number; readonly path: Buffer }[];
}

/** What of each entry is asked for, and where it goes. */
export interface ScanOptions {
  /** "trusted.overlay." or "user.overlay." */
  readonly prefix: string;
  /** A Buffer on a multiple of four to answer in, given back if the answer fits. Not to be looked at until then. */
  readonly into?: Buffer;
  /** Bytes after which a part ends and `resume` is set; 4 MiB unless told. */
  readonly partBytes?: number;
  /**
   * Bit set of XATTR_BITS (bit 31: any name outside them) whose values are read; all unless told. Each
   * costs a system call an entry. Others are still listed: their bit is set, their value is {@link XATTR_UNREAD}.
   */
  readonly values?: number;
  /** The same for directories, which are few and tell more; all unless told. */
  readonly dirValues?: number;
  /** Encode the handle of every entry but whiteouts; of directories alone unless told. */
  readonly handles?: boolean;
  /**
   * Leave out names that a probe directory has, or may have: what that stands for could not be told. Nothing else is
   * told of the probes then.
   */
  readonly uncovered?: boolean;
  /**
   * The index directory: for each directory that has an origin, the value of `upper`
   * of the object of this directory that the origin, in lower-case hex, is the name of.
   */
  readonly index?: { readonly root: number; readonly path: Buffer };
  /**
   * Follow redirects of directories: a name in the first probe directory, a path from this descriptor on, through
   * no symlink. Whether the redirect is one that the kernel follows, and follows to there, is for the caller to judge.
   */
  readonly redirectRoot?: number;
  /** Looked into for the row of each origin; its columns must not change while scans are under way. */
  readonly table?: HandleColumns;
}

/** The calls that read. Descriptors that they return are the caller's, to be closed by close(). */
export interface Native {
  /**
   * A private, read-only, noatime clone of what is mounted at `path`, without
   * the mounts below it: just what overlayfs itself gets from clone_private_mount().
   * Falls back to the directory as it is mounted where open_tree(2) is refused. The
   * descriptor is a directory opened for reading, for every call below. Symlinks in
   * `path` are followed, as mount(8) does. `readonly` is that of the mount at `path` (or its
   * superblock): the clone's own statfs() always says so.
   */
  openLayer(path: Buffer): { fd: number; cloned: boolean; readonly: boolean } | Errno;
  close(fd: number): void;

  /** Everything about one object. Never follows a symlink. */
  examine(root: number, path: Buffer, prefix: string): RawObject | Errno;
  /** The same for what a handle of the filesystem under `root` leads to. -ESTALE (-116) where it leads nowhere. */
  examineHandle(root: number, type: number, bytes: Buffer, prefix: string): DecodedObject | Errno;
  /**
   * What tells whether an object is still the one that was examined, and one value: `xattr` is a whole name, null asks
   * for none. Never follows a symlink. -EINVAL where the path ends in ".", ".." or a slash.
   */
  glance(root: number, path: Buffer, xattr: string | null): Glance | Errno;
  /** Of the object itself. Where one of its xattrs cannot be read, that errno. -EINVAL as in glance(). */
  attributes(root: number, path: Buffer): Attributes | Errno;
  /** -EISDIR for a directory, -EINVAL for any other object but a regular file; so in the two that follow. */
  content(root: number, path: Buffer): Content | Errno;
  /**
   * -ENODATA (-61) where fs-verity is not enabled for that file, -EOPNOTSUPP (-95) or -ENOTTY (-25) where its filesystem or
   * the kernel cannot.
   */
  verity(root: number, path: Buffer): VerityDigest | Errno;
  /** Are two files equal in size and in every byte? A hole is as good as zeros. */
  sameData(root: number, path: Buffer, otherRoot: number, otherPath: Buffer): boolean | Errno;
  /** Are they equal in size, and is each byte of the first that of the other, or zero? */
  isPart(root: number, path: Buffer, otherRoot: number, otherPath: Buffer): boolean | Errno;
  /** A directory below `root`, as a descriptor to walk from; to be closed. */
  openDirectory(root: number, path: Buffer): number | Errno;
  /** open_by_handle_at(2) with O_PATH: a descriptor to be closed. -ESTALE where the handle leads nowhere. */
  openHandle(root: number, type: number, bytes: Buffer): number | Errno;
  /**
   * List one directory, synchronously: names, d_type and d_ino, in readdir order, "." and ".." left out.
   * `max` entries at the most a call; `resume` as in ScanJob.
   */
  list(root: number, path: Buffer, resume: number, max: number): RawListing | Errno;
  /**
   * As list(), with a row added to `table` for each name that is a handle structure in lower-case hex
   * with one of its headers. Listed are the others; after one that lacks only the header the call returns.
   */
  loadTable(root: number, path: Buffer, resume: number, max: number, table: HandleEnd): LoadedListing | Errno;
  /** Fill the empty slots of a table with its rows. */
  placeTable(table: HandleColumns, rows: number): void;
  /** List directories in a thread of libuv's pool; see native/FORMAT.md and ScanReader for the bytes. */
  scan(jobs: readonly ScanJob[], options: ScanOptions): Promise<Buffer>;

  /**
   * Superblock UUID (FS_IOC_GETFSUUID, or the filesystem's own call before 6.9); null where the filesystem says that
   * it has none. -ENOTTY (-25) where nobody answers: since 6.9 that is how the kernel says "none".
   */
  fsUuid(fd: number): Buffer | null | Errno;
  statfs(fd: number): { type: number; namelen: number; readonly: boolean; flags: number } | Errno;
  /** Effective capabilities of this process (capget). */
  capabilities(): bigint;
}

/** A table of handles as native/FORMAT.md describes it. */
export interface HandleColumns {
  readonly slots: Uint32Array;
  readonly places: Uint32Array;
  readonly bytes: Uint8Array;
  readonly headers: Uint8Array;
  /** No row has a header that is not among these. */
  readonly allHeaders: boolean;
}

/** The same with what is written for a new row, and where that goes. */
export interface HandleEnd extends HandleColumns {
  readonly inos: Float64Array;
  readonly flags: Uint16Array;
  /** Rows so far. */
  readonly rows: number;
  /** Bytes of `bytes` so far. */
  readonly used: number;
}

/** What loadTable() answers: names that were not taken into the table, and how full that is now. */
export interface LoadedListing extends RawListing {
  /** Number of the table's rows that came before each name. */
  readonly positions: Uint32Array;
  readonly rows: number;
  readonly used: number;
}

/** Names are packed: `names` holds them one after the other, `ends[i]` is where name i ends. */
export interface RawListing {
  readonly names: Buffer;
  readonly ends: Uint32Array;
  readonly types: Uint8Array;
  readonly inos: Float64Array;
  /** 0 where the directory ended; else the token to go on with. */
  /** Entries of which readdir told no type; `types` has what stat told instead. */
  readonly untyped: number;
  readonly resume: number;
}
