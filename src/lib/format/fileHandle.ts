/**
 * The overlay's file handle, struct ovl_fb: the value of `origin` and `upper`,
 * the bytes behind an index entry's name, and what an NFS client holds.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 1 | version, 0 |
 * | 1 | 1 | magic, 0xfb |
 * | 2 | 1 | length of this structure, the 21 bytes of this header included |
 * | 3 | 1 | flags: 1 encoded on a big-endian machine, 2 any endianness, 4 points into upper |
 * | 4 | 1 | handle_type of the real filesystem's handle |
 * | 5 | 16 | s_uuid of the real filesystem, all zero with uuid=off |
 * | 21 | n | the real filesystem's handle |
 *
 * Read as ovl_get_fh() and ovl_check_fb_len() read it: the kernel tells
 * "origin unknown" from "invalid", and only the second is a sign of damage.
 */

/** Size of the fixed part, sizeof(struct ovl_fb). */
export const HEADER_SIZE = 21;
/** OVL_FH_MAGIC */
export const MAGIC = 0xfb;
/** OVL_FH_FLAG_BIG_ENDIAN: the real filesystem's handle was encoded on a big-endian machine. */
export const FLAG_BIG_ENDIAN = 1;
/** OVL_FH_FLAG_ANY_ENDIAN: it means the same in either byte order. The kernel reads it, and never sets it. */
export const FLAG_ANY_ENDIAN = 2;
/** OVL_FH_FLAG_PATH_UPPER: it is of an object in the upper layer. */
export const FLAG_UPPER = 4;
const FLAG_ALL = 7;

export type Endianness = "little" | "big";

/** Byte order of this machine: handles of the other order cannot be decoded here. */
export const HOST_ENDIANNESS: Endianness =
  new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? "little" : "big";

/** The fields of a handle structure that {@link decodeHandle} has found valid. */
export interface FileHandle {
  readonly version: number;
  /** Value of the length field, which may be smaller than the buffer it came in. */
  readonly length: number;
  readonly flags: number;
  /** Points into the upper layer (flag 4). */
  readonly upper: boolean;
  /** handle_type for open_by_handle_at(2). */
  readonly type: number;
  /** 16 bytes. */
  readonly uuid: Buffer;
  /** Handle bytes for open_by_handle_at(2); empty where the length field is below 21. */
  readonly fid: Buffer;
}

/** The kernel's ENODATA: somebody else's or a newer handle, or an origin deliberately not recorded. */
export type UnknownReason = "empty" | "newer-version" | "unknown-flag" | "foreign-endian";
/** The kernel's EINVAL: not a handle. */
export type InvalidReason = "short" | "length" | "magic";

export type HandleVerdict =
  | { readonly kind: "valid"; readonly handle: FileHandle }
  | { readonly kind: "unknown"; readonly reason: UnknownReason }
  | { readonly kind: "invalid"; readonly reason: InvalidReason };

/** A {@link HandleVerdict} without its handle. */
export type HandleStatus = "valid" | UnknownReason | InvalidReason;

/**
 * The verdict alone, without making an object: for scans.
 * An xattr of zero length is "empty"; an index name never is (see indexName.ts).
 * Source: ovl_check_fb_len(). A buffer longer than the length field is accepted there, and so here.
 */
export function handleStatus(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
  cpu: Endianness = HOST_ENDIANNESS,
): HandleStatus {
  const size = end - start;
  if (size <= 0) return "empty";
  if (size < HEADER_SIZE) return "short";
  if (size < (bytes[start + 2] ?? 0)) return "length";
  if (bytes[start + 1] !== MAGIC) return "magic";
  if ((bytes[start] ?? 0) > 0) return "newer-version";
  const flags = bytes[start + 3] ?? 0;
  if ((flags & ~FLAG_ALL) !== 0) return "unknown-flag";
  const native = cpu === "big" ? FLAG_BIG_ENDIAN : 0;
  if ((flags & FLAG_ANY_ENDIAN) === 0 && (flags & FLAG_BIG_ENDIAN) !== native) {
    return "foreign-endian";
  }
  return "valid";
}

/** Decode an `origin` or `upper` value. Never throws; the buffers of the result are views into `bytes`. */
export function decodeHandle(bytes: Buffer, cpu: Endianness = HOST_ENDIANNESS): HandleVerdict {
  const status = handleStatus(bytes, 0, bytes.length, cpu);
  switch (status) {
    case "valid":
      return { kind: "valid", handle: split(bytes) };
    case "empty":
    case "newer-version":
    case "unknown-flag":
    case "foreign-endian":
      return { kind: "unknown", reason: status };
    default:
      return { kind: "invalid", reason: status };
  }
}

function split(bytes: Buffer): FileHandle {
  const length = bytes[2] ?? 0;
  const flags = bytes[3] ?? 0;
  return {
    version: bytes[0] ?? 0,
    length,
    flags,
    upper: (flags & FLAG_UPPER) !== 0,
    type: bytes[4] ?? 0,
    uuid: bytes.subarray(5, HEADER_SIZE),
    fid: bytes.subarray(HEADER_SIZE, Math.max(HEADER_SIZE, length)),
  };
}

/** What a handle structure is made of; version, magic and length follow from it. */
export interface HandleParts {
  /** handle_type of the real filesystem's handle, 0 to 255. */
  readonly type: number;
  /** 16 bytes: the filesystem's UUID, or zeros with uuid=off. */
  readonly uuid: Uint8Array;
  /** The real filesystem's handle, at most 234 bytes. */
  readonly fid: Uint8Array;
  readonly upper: boolean;
}

/**
 * Encode as ovl_encode_real_fh() does.
 * @throws RangeError for a UUID that is not 16 bytes, a type outside a byte, or a handle that does not fit the length field.
 */
export function encodeHandle(parts: HandleParts, cpu: Endianness = HOST_ENDIANNESS): Buffer {
  const length = HEADER_SIZE + parts.fid.length;
  if (parts.uuid.length !== 16) throw new RangeError("a filesystem UUID has 16 bytes");
  if (length > 0xff) throw new RangeError("the handle does not fit the length field");
  if (!Number.isInteger(parts.type) || parts.type < 0 || parts.type > 0xff) {
    throw new RangeError("a handle type is one byte");
  }
  const out = Buffer.alloc(length);
  out[1] = MAGIC;
  out[2] = length;
  out[3] = (cpu === "big" ? FLAG_BIG_ENDIAN : 0) | (parts.upper ? FLAG_UPPER : 0);
  out[4] = parts.type;
  out.set(parts.uuid, 5);
  out.set(parts.fid, HEADER_SIZE);
  return out;
}

/**
 * Do two handles that passed the length check compare equal? Their length
 * fields and as many bytes as these say; bytes beyond take no part.
 * Source: ovl_verify_fh().
 */
export function verifyFh(a: Uint8Array, b: Uint8Array): boolean {
  const length = a[2];
  if (length === undefined || length !== b[2]) return false;
  if (a.length < length || b.length < length) return false;
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * ovl_verify_fh() whole: what comparing a stored xattr with the handle that is
 * expected returns. Absent, empty, unknown and invalid are the same ENODATA to
 * it, and where the kernel may set the value (upper root, index directory,
 * merge directory) it then overwrites it.
 */
export function verifyStored(
  stored: Buffer | undefined,
  expected: Buffer,
  cpu: Endianness = HOST_ENDIANNESS,
): "match" | "ESTALE" | "ENODATA" {
  if (stored === undefined) return "ENODATA";
  if (handleStatus(stored, 0, stored.length, cpu) !== "valid") return "ENODATA";
  return verifyFh(stored, expected) ? "match" : "ESTALE";
}
