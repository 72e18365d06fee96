/**
 * What planners may ask about the overlay. They are pure over this interface;
 * disk-facts.ts answers from the layers, tests from a table.
 */
import type { OverlayPrefix } from "../format/xattrNames.js";
import type { Attributes, Content, Errno, RawObject, VerityDigest } from "../host/native.js";
import type { Lookup } from "../kernel/lookup.js";
import type { Effective } from "../layers/types.js";
import type { Require } from "../mount/spec.js";
import type { Place } from "./place.js";

/** A lower object that a handle leads to. */
export interface Lower {
  readonly place: Place | null;
  readonly object: RawObject;
}

/** As readdir(3) has it: `ino` is d_ino, `type` d_type. */
export interface DirectoryEntry {
  readonly name: Buffer;
  readonly ino: number;
  readonly type: number;
}

/** What a planner may ask. Places are in layers, paths of lookups in the overlay; an xattr's name is the part after the prefix. */
export interface Facts {
  readonly require: Require;
  /** Options in force for what is required. */
  readonly options: Effective;
  /** The overlay has been mounted with index=on before. */
  readonly era: boolean;
  /** Names of the lower layers, topmost first. */
  readonly lowers: readonly string[];
  /** Of the overlay xattrs that {@link examine} gives: the one of the options. */
  readonly prefix: OverlayPrefix;
  /** Overlay xattrs of the other prefix, as {@link RawObject.xattrs} has them. @throws HostError */
  otherXattrs(at: Place): ReadonlyMap<string, Buffer | number>;
  /** What stands there; null for nothing. @throws HostError where it cannot be read. */
  examine(at: Place): RawObject | null;
  /** Names of a directory, "." and ".." left out; empty where there is none. @throws HostError */
  list(at: Place): readonly Buffer[];
  /** The same with d_ino and DT_* types, which may be DT_UNKNOWN. */
  entries(at: Place): readonly DirectoryEntry[];
  /** What the kernel shows under a path of the overlay, with index=off, or mounted as required. */
  plain(path: Buffer): Lookup;
  required(path: Buffer): Lookup;
  /** What the lower layers alone show under a path from their roots on: where an absolute redirect leads. */
  lowerAt(path: Buffer): Lookup;
  /**
   * The lower object that holds the data of the metadata-only file which shows under a path, found as the kernel finds it
   * where it may follow such files and compares their origins; the errno of that lookup, ENOENT also where
   * no such file shows.
   */
  dataOf(path: Buffer): (Lower & { readonly place: Place }) | number;
  /** Of a regular file; null for anything else. @throws HostError where it cannot be read. */
  content(at: Place): Content | null;
  /** All that an object is besides its content; null for nothing. @throws HostError where it cannot be read. */
  attributes(at: Place): Attributes | null;
  /** Is it, as far as these layers tell, on another filesystem than the work directory, so that nothing can be moved there? */
  isApart(at: Place): boolean;
  /** The fs-verity digest of a regular file; or the negative errno, as {@link Native.verity} tells. */
  verity(at: Place): VerityDigest | Errno;
  /** Are two regular files equal to the byte? Reads what data both have. @throws HostError */
  sameData(one: Place, other: Place): boolean;
  /**
   * The lower object that a handle structure names, in whichever layer the kernel would find it. `place` only of a
   * directory. Null where it is gone, in no layer, or no handle.
   */
  decode(fh: Buffer): Lower | null;
  /** The handle structure that the kernel stores for the object there; flag 4 in it for `upper`. */
  encode(at: Place): Buffer | null;
  /** Path of the upper directory that a stored `upper` handle leads to; null where it leads nowhere in upper. */
  decodeUpper(fh: Buffer): Buffer | null;
  /**
   * Upper objects that name this lower object as their origin, by inode: of each all names. Found in one
   * walk of the upper layer, made when it is first asked for.
   */
  claimants(fh: Buffer): readonly Claimant[];
  /** Every origin of an upper object, the root's aside, with its claimants; directories before what is in them. */
  origins(): Iterable<readonly [fh: Buffer, claimants: readonly Claimant[]]>;
  /** All names of a lower non-directory in the lower layers, found in one walk of these. */
  lowerNames(object: Pick<RawObject, "dev" | "ino">): readonly Place[];
  /** The same of every lower non-directory that has several names in one layer. */
  lowerLinks(): readonly (readonly Place[])[];
  /**
   * A name shows the lower object of this handle, or an upper one that came from it, and cannot be looked up, for its
   * index entry is a tombstone, or the next mount makes it one. Null where the mount is refused before that shows.
   */
  isBuried(fh: Buffer): boolean | null;
  /** All names of the upper layer that lead to this inode. */
  upperNames(ino: number): readonly Buffer[];
}

/** An upper object by its inode: under all its names, a directory under one. */
export interface Claimant {
  readonly ino: number;
  readonly isDir: boolean;
  readonly paths: readonly Buffer[];
}
