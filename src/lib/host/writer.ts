/**
 * The only calls that change layers. As in {@link Native} a path is bytes below
 * a directory descriptor, walked through no symlink and onto no other mount, and a failed call is a
 * negative errno. No policy: whoever calls has compared, journaled and been told to go on.
 *
 * The last name of a path is what a call acts on, never what a symlink of that name points to. -EINVAL where it is ".",
 * ".." or nothing (a slash at the end); the empty path is the root for xattrs, times and sync, and -EINVAL otherwise.
 * -ELOOP: a symlink on the way; -EXDEV: the way leads out, or onto another mount.
 */
import type { Attributes, Content, Errno } from "./native.js";

/** Upper and work opened to be written: descriptors on one private clone of their mount, so that links between them go. */
export interface Writable {
  readonly upper: number;
  readonly work: number;
}

/** Descriptors that it returns are the caller's, to be closed by close(). */
export interface Writer {
  /**
   * Clone the mount at `upper` (open_tree(2), without what is mounted below it; noatime since Linux 5.12) and open both
   * directories in the clone. `expected`: device and inode that a check has seen there. -EROFS where the mount or its filesystem is
   * read-only, -ESTALE where another directory is there now, -EXDEV where they are on different filesystems;
   * -EPERM or -ENOSYS where the clone is refused, -EOPNOTSUPP where the filesystem has no handles.
   */
  openWritable(
    upper: Buffer,
    work: Buffer,
    expected: { readonly upper: Identity; readonly work: Identity },
  ): Writable | Errno;
  /**
   * The same for a lower layer: on the clone that `upper` is on, so that renames between them go, where it is on that
   * filesystem; else on one of its own.
   */
  openWritableLayer(path: Buffer, expected: Identity, upper: number): number | Errno;
  /**
   * A directory, or a regular file with one name, opened to be read where nobody but root and this process's user
   * owns it or can write to it: -EPERM otherwise, by what the descriptor leads to. -EINVAL for any other object.
   */
  openOwned(root: number, path: Buffer): number | Errno;
  close(fd: number): void;

  /** flock(2) LOCK_EX | LOCK_NB on an open directory; -EWOULDBLOCK (-11) where somebody else has it. Ends with the descriptor. */
  lock(fd: number): 0 | Errno;

  /** Set or, with null, remove a whole-named xattr of the object itself, be it a symlink or a device. */
  setXattr(root: number, path: Buffer, name: string, value: Buffer | null): 0 | Errno;
  /** linkat(2) of the non-directory at `from`. -EEXIST where something is. */
  link(fromRoot: number, from: Buffer, root: number, path: Buffer): 0 | Errno;
  /** unlinkat(2) of a non-directory. */
  unlink(root: number, path: Buffer): 0 | Errno;
  /** unlinkat(2) with AT_REMOVEDIR. */
  rmdir(root: number, path: Buffer): 0 | Errno;
  /** renameat2(2) with RENAME_NOREPLACE. */
  rename(fromRoot: number, from: Buffer, root: number, path: Buffer): 0 | Errno;
  /** mknodat(2) of a character device 0:0. */
  whiteout(root: number, path: Buffer): 0 | Errno;
  /**
   * mkdirat(2), owner root, these permission bits whatever the umask; no ACL, setgid bit or group of the parent's.
   * -ESTALE where somebody put another directory in its place meanwhile, which is left as it is.
   */
  mkdir(root: number, path: Buffer, mode: number): 0 | Errno;

  /**
   * Give a whiteout or a directory that was made anew these attributes, and no other xattrs but what a security module
   * keeps there. -ESTALE where an object of another type is there, or another device.
   */
  dress(root: number, path: Buffer, like: Likeness): 0 | Errno;

  /** Access and modification times in nanoseconds; of the object itself. */
  times(root: number, path: Buffer): { readonly atimeNs: bigint; readonly mtimeNs: bigint } | Errno;
  setTimes(
    root: number,
    path: Buffer,
    times: { readonly atimeNs: bigint; readonly mtimeNs: bigint },
  ): 0 | Errno;

  /**
   * Copy from offset `at` on what data the regular file `from` has, and no holes, into another one of the same size; ends
   * after about `most` bytes of data. Where to go on: the size, once all is copied. Blocks are shared where the
   * filesystem can (copy_file_range(2)). What is copied is not on the disk yet, and the write has changed the file's
   * {@link Looks}. -ESTALE where the sizes differ, and, as in the two that follow, where another inode is at `path`.
   */
  copyData(
    fromRoot: number,
    from: Buffer,
    root: number,
    path: Buffer,
    ino: number,
    at: number,
    most: number,
  ): number | Errno;
  /** Give a regular file the looks that it had before it was written to. */
  settle(root: number, path: Buffer, was: Looked): 0 | Errno;
  /** Make one hole of a regular file, which keeps its size (fallocate(2), PUNCH_HOLE), and give it these looks. */
  empty(root: number, path: Buffer, was: Looked): 0 | Errno;

  /**
   * Append to a regular file, made if it is not there (mode 0600); all bytes or an errno, then the file is as it was.
   * -EISDIR for a directory, -EINVAL for any other object, here and in read(); sync() takes directories as well.
   */
  append(root: number, path: Buffer, bytes: Buffer): 0 | Errno;
  /** The whole of a regular file; -EFBIG above 1 GiB. */
  read(root: number, path: Buffer): Buffer | Errno;
  /** fdatasync(2) of a file, fsync(2) of a directory. */
  sync(root: number, path: Buffer): 0 | Errno;
  /** syncfs(2): everything on the filesystem that the descriptor is on. */
  syncAll(fd: number): 0 | Errno;
  /** Free space and inodes for root (statvfs f_bfree; inodes null where the filesystem does not count them). */
  space(fd: number): { readonly bytes: number; readonly inodes: number | null } | Errno;
}

/** What an object that is made anew is to be like: its type is in the mode, and is compared only. */
export type Likeness = Pick<Attributes, "mode" | "uid" | "gid" | "atimeNs" | "mtimeNs" | "xattrs">;

/** What a write to a file changes besides its data. */
export type Looks = Pick<Content, "mode" | "capability" | "atimeNs" | "mtimeNs">;

/** And whose they are. */
export type Looked = Looks & Pick<Content, "ino">;

/** What tells an object from any other: st_dev and st_ino. A path may lead to another one meanwhile. */
export interface Identity {
  readonly dev: number;
  readonly ino: number;
}
