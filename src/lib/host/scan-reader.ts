/**
 * Reads the packed answer of {@link Native.scan} without making an object an entry:
 * one reader, moved on from directory to directory and from entry to entry.
 */
export interface ScanReader {
  /** Move to the next job's part; false at the end. */
  nextPart(): boolean;
  /** Which job (its place in the request) this part answers. */
  readonly job: number;
  /** 0, or the negative errno of opening or reading the directory. Entries before an error are kept. */
  readonly status: number;
  /** 0, or the token to go on with. */
  readonly resume: number;
  /** dev and ino of the directory itself. */
  readonly dev: number;
  readonly ino: number;
  /** st_ctime of the directory itself, in milliseconds since the epoch. */
  readonly ctimeMs: number;
  /** 0, or the negative errno of opening probe directory k (-ENOENT where it vanished). */
  probeStatus(k: number): number;

  /** Move to the next entry of this part; false at its end. */
  nextEntry(): boolean;
  /** DT_* (never DT_UNKNOWN: the addon stats where the filesystem does not tell). */
  readonly type: number;
  readonly entryIno: number;
  /** 0, or the first negative errno met while reading this entry (it vanished, EACCES, …). */
  readonly entryStatus: number;
  /** st_rdev, read for character devices only (0:0 is a whiteout); -1 where it was not read. */
  readonly rdev: number;
  /** A copy of the name's bytes. */
  name(): Buffer;

  /** Number of overlay xattrs under the prefix. */
  readonly xattrCount: number;
  /** A view into the answer: valid until the reader is dropped; copy to keep. A number is a negative errno. */
  xattr(name: XattrKey): Buffer | number | undefined;
  /** Bit set of {@link XATTR_BITS} for those present; bit 31 where a name outside the table is present. */
  readonly xattrBits: number;
  /** It has overlay xattrs of the prefix that was not asked for. */
  readonly hasOtherPrefix: boolean;
  /** Offsets into `bytes` of the origin xattr's value; originEnd === originStart where absent. */
  readonly bytes: Buffer;
  readonly originStart: number;
  readonly originEnd: number;
  /** Do the origin's first 21 bytes equal these? Five words in the machine's byte order, and one byte. */
  originBeginsWith(header: Uint32Array, last: number): boolean;
  /** Row of the origin in ScanOptions.table; -1: none; -2: not looked up. */
  readonly originRow: number;
  /** st_ctime in nanoseconds of what is no directory, where {@link originRow} is -1; else 0. */
  ctimeNs(): bigint;
  /** Bit k: the origin has type and bytes of probe k's handle; bit 31: of the redirect's target. Its header (version, UUID, …) was not compared. */
  readonly originProbes: number;
  /** Offsets into `bytes` of `upper` of the directory's index entry (ScanOptions.index); equal where there is none. */
  readonly indexUpperStart: number;
  readonly indexUpperEnd: number;

  /** Own handle, encoded for directories only unless ScanOptions.handles: offsets into `bytes` of the handle's bytes, and its type (0: none). */
  readonly handleType: number;
  readonly handleStart: number;
  readonly handleEnd: number;

  /**
   * The object of the same name in probe directory k. `probe(k)` moves the
   * probe fields to it and returns its errno or 0 where it is there.
   */
  probe(k: number): number;
  /** The same for where the directory's redirect leads (ScanOptions.redirectRoot); -ENOENT also where it was not followed. */
  target(): number;
  readonly probeMode: number;
  readonly probeIno: number;
  readonly probeNlink: number;
  readonly probeRdev: number;
  readonly probeHandleType: number;
  readonly probeHandleStart: number;
  readonly probeHandleEnd: number;
}

/** Bit of each overlay xattr in {@link ScanReader.xattrBits} and in what {@link ScanOptions.values} asks for; native/entry.c has their numbers in the same order. */
export const XATTR_BITS = {
  origin: 1,
  upper: 2,
  nlink: 4,
  redirect: 8,
  opaque: 16,
  impure: 32,
  metacopy: 64,
  whiteout: 128,
  uuid: 256,
  protattr: 512,
} as const;
/** What stands for a value that was there and not asked for (ScanOptions.values). */
export const XATTR_UNREAD = -11;
export type XattrKey = keyof typeof XATTR_BITS;
