/**
 * The `metacopy` xattr of a regular file whose data still is in a lower layer:
 * empty, or since 6.6 {version u8, len u8, flags u8, digest algorithm u8, digest}.
 */
export type MetacopyVerdict =
  | {
      readonly kind: "valid";
      readonly flags: number;
      /** fs-verity algorithm number and digest; null where none is recorded. */
      readonly digest: { readonly algorithm: number; readonly bytes: Buffer } | null;
    }
  | {
      readonly kind: "invalid";
      readonly reason: "short" | "long" | "version" | "length";
      readonly errno: "EIO" | "ERANGE";
      /**
       * "lookup": every lookup fails so. "verity": only with verity=on or
       * require, because otherwise the kernel asks for the value's size alone.
       */
      readonly when: "lookup" | "verity";
    };

/** sizeof(struct ovl_metacopy) without, and with the longest (64 bytes), digest. */
export const METACOPY_MIN_SIZE = 4;
export const METACOPY_MAX_SIZE = 68;

/** Never throws. Source: ovl_check_metacopy_xattr() of 6.6 and later; before, presence was all that counted. */
export function decodeMetacopy(value: Buffer): MetacopyVerdict {
  if (value.length === 0) return { kind: "valid", flags: 0, digest: null };
  if (value.length < METACOPY_MIN_SIZE) {
    return { kind: "invalid", reason: "short", errno: "EIO", when: "lookup" };
  }
  if (value.length > METACOPY_MAX_SIZE) {
    return { kind: "invalid", reason: "long", errno: "ERANGE", when: "verity" };
  }
  if (value[0] !== 0) return { kind: "invalid", reason: "version", errno: "EIO", when: "verity" };
  if (value[1] !== value.length) {
    return { kind: "invalid", reason: "length", errno: "EIO", when: "verity" };
  }
  const algorithm = value[3] ?? 0;
  const bytes = value.subarray(METACOPY_MIN_SIZE);
  return { kind: "valid", flags: value[2] ?? 0, digest: algorithm === 0 ? null : { algorithm, bytes } };
}

/**
 * As ovl_set_metacopy_xattr() stores it: with neither flags nor digest, the empty value.
 * @throws RangeError for a digest longer than 64 bytes.
 */
export function encodeMetacopy(
  flags: number,
  digest: { algorithm: number; bytes: Uint8Array } | null,
): Buffer {
  if (flags === 0 && digest === null) return Buffer.alloc(0);
  const size = METACOPY_MIN_SIZE + (digest?.bytes.length ?? 0);
  if (size > METACOPY_MAX_SIZE) throw new RangeError("an fs-verity digest has 64 bytes at most");
  const out = Buffer.alloc(size);
  out[1] = size;
  out[2] = flags;
  out[3] = digest?.algorithm ?? 0;
  if (digest !== null) out.set(digest.bytes, METACOPY_MIN_SIZE);
  return out;
}
