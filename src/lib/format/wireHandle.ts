import {
  decodeHandle,
  type Endianness,
  type HandleVerdict,
  HEADER_SIZE,
  HOST_ENDIANNESS,
  handleStatus,
} from "./fileHandle.js";

/**
 * The handle that name_to_handle_at(2) gives on the overlay itself, which is
 * what an NFS server puts into its own: three zero bytes, so that the real
 * handle is aligned, then struct ovl_fb. Up to Linux 5.4 it was ovl_fb alone.
 */

/** OVL_FILEID_V1: with the three bytes of padding. */
export const WIRE_TYPE = 0xf8;
/** OVL_FILEID_V0: struct ovl_fb with no padding, from older kernels; still decoded. */
export const WIRE_TYPE_V0 = 0xfb;
const PADDING = 3;

export type WireVerdict =
  | { readonly kind: "valid"; readonly structure: Buffer; readonly inner: HandleVerdict & { kind: "valid" } }
  | {
      readonly kind: "unknown";
      readonly structure: Buffer;
      readonly inner: HandleVerdict & { kind: "unknown" };
    }
  | { readonly kind: "invalid"; readonly reason: "type" | "short" | "length" | "magic" };

/**
 * Decode what a client holds. The kernel gets the length in whole words of
 * four bytes and drops a rest; it does not look at the padding; version 0 loses its last three bytes, which are padding there.
 * Source: ovl_fh_to_dentry(), ovl_fid_to_fh(), ovl_check_fh_len().
 */
export function decodeWire(type: number, bytes: Buffer, cpu: Endianness = HOST_ENDIANNESS): WireVerdict {
  if (type !== WIRE_TYPE && type !== WIRE_TYPE_V0) return { kind: "invalid", reason: "type" };
  const words = bytes.length & ~3;
  if (words < PADDING) return { kind: "invalid", reason: "short" };
  const structure = type === WIRE_TYPE ? bytes.subarray(PADDING, words) : bytes.subarray(0, words - PADDING);
  const inner = decodeHandle(structure, cpu);
  if (inner.kind === "invalid") return { kind: "invalid", reason: inner.reason };
  if (inner.kind === "valid") return { kind: "valid", structure, inner };
  // An empty xattr means something; an empty wire handle does not.
  if (inner.reason === "empty") return { kind: "invalid", reason: "short" };
  return { kind: "unknown", structure, inner };
}

/**
 * The same without making an object: where in `bytes[0…length]` the structure of a handle begins that this
 * kernel knows, and whose length field holds the header at least; else -1.
 */
export function structureStart(type: number, bytes: Uint8Array, length: number): number {
  const words = length & ~3;
  const start = type === WIRE_TYPE ? PADDING : type === WIRE_TYPE_V0 ? 0 : -1;
  if (start < 0 || words < PADDING + HEADER_SIZE) return -1;
  const isKnown = handleStatus(bytes, start, start + words - PADDING) === "valid";
  return isKnown && (bytes[start + 2] as number) >= HEADER_SIZE ? start : -1;
}

/** The handle that ovl_encode_fh() hands out for a structure: padded in front, and behind to whole words. */
export function encodeWire(structure: Buffer): { readonly type: number; readonly bytes: Buffer } {
  const size = PADDING + structure.length;
  const bytes = Buffer.alloc((size + 3) & ~3);
  structure.copy(bytes, PADDING);
  return { type: WIRE_TYPE, bytes };
}
