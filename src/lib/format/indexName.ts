import {
  decodeHandle,
  type Endianness,
  type FileHandle,
  HEADER_SIZE,
  HOST_ENDIANNESS,
  type InvalidReason,
  type UnknownReason,
} from "./fileHandle.js";

/**
 * The name of an index entry: the handle of the lower object in lower-case
 * hex. Read as ovl_verify_index() reads it while mounting, which is laxer than
 * what ovl_get_index_name() makes for a lookup; the difference is `canonical`.
 */
export type IndexNameVerdict =
  | {
      readonly kind: "valid";
      /** The bytes behind the name. */
      readonly bytes: Buffer;
      readonly handle: FileHandle;
      /** The very name that a lookup asks for. Where false, the mount keeps the entry and nothing ever finds it. */
      readonly canonical: boolean;
      readonly deviation: "none" | "upper-case" | "odd-length" | "trailing-bytes" | "short-length-field";
    }
  | { readonly kind: "unknown"; readonly errno: "ENODATA"; readonly reason: Exclude<UnknownReason, "empty"> }
  | { readonly kind: "invalid"; readonly errno: "EINVAL"; readonly reason: InvalidReason | "not-hex" };

/** The kernel's own temporaries in the index directory; they are removed at mount (ovl_indexdir_cleanup). */
export function isTemporaryName(name: Uint8Array): boolean {
  return name[0] === 0x23;
}

/** Never throws. `name`: the bytes of the directory entry's name. */
export function decodeIndexName(name: Buffer, cpu: Endianness = HOST_ENDIANNESS): IndexNameVerdict {
  if (name.length < HEADER_SIZE * 2) return { kind: "invalid", errno: "EINVAL", reason: "short" };
  const bytes = hex2bin(name);
  if (bytes === undefined) return { kind: "invalid", errno: "EINVAL", reason: "not-hex" };
  const verdict = decodeHandle(bytes, cpu);
  if (verdict.kind === "invalid") return { kind: "invalid", errno: "EINVAL", reason: verdict.reason };
  if (verdict.kind === "unknown") {
    // Never "empty": 42 characters are 21 bytes at the least.
    const reason = verdict.reason === "empty" ? "newer-version" : verdict.reason;
    return { kind: "unknown", errno: "ENODATA", reason };
  }
  const deviation = findDeviation(name, bytes);
  return { kind: "valid", bytes, handle: verdict.handle, canonical: deviation === "none", deviation };
}

/** The name that a lookup for this handle asks for. `handle`: a structure that passed the length check. */
export function encodeIndexName(handle: Buffer): Buffer {
  const length = Math.min(handle[2] ?? handle.length, handle.length);
  return Buffer.from(handle.subarray(0, length).toString("hex"), "latin1");
}

function findDeviation(
  name: Buffer,
  bytes: Buffer,
): "none" | "upper-case" | "odd-length" | "trailing-bytes" | "short-length-field" {
  const length = bytes[2] ?? 0;
  if (length < HEADER_SIZE) return "short-length-field";
  if (name.length % 2 === 1) return "odd-length";
  if (bytes.length > length) return "trailing-bytes";
  for (const char of name) if (char >= 0x41 && char <= 0x46) return "upper-case";
  return "none";
}

/** hex2bin() over floor(length / 2) bytes: either case, and an odd last character is not looked at. */
function hex2bin(name: Buffer): Buffer | undefined {
  const size = name.length >> 1;
  const out = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i++) {
    const high = nibble(name[2 * i]);
    const low = nibble(name[2 * i + 1]);
    if (high < 0 || low < 0) return undefined;
    out[i] = (high << 4) | low;
  }
  return out;
}

function nibble(char = 0): number {
  if (char >= 0x30 && char <= 0x39) return char - 0x30;
  const lower = char | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
