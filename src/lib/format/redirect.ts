/**
 * The `redirect` xattr: where in lower layers the content of a renamed
 * directory, or the data of a metacopy file, is found.
 * Read as ovl_get_redirect_xattr() does: the value is a C string.
 */
export type RedirectVerdict =
  | {
      readonly kind: "valid";
      /** The value as the kernel uses it: up to its first NUL byte. */
      readonly text: Buffer;
      /** From the overlay's root; otherwise a name in the same parent. */
      readonly absolute: boolean;
      /** Names from the root, or the one name. */
      readonly segments: readonly Buffer[];
      /** A NUL byte ended the value early; the rest is not looked at. */
      readonly truncated: boolean;
      /**
       * A segment that no directory can hold: "", "." or "..". The value is
       * accepted but the lookup in the next layer then fails with EACCES (lookup_one_len).
       */
      readonly unusable: boolean;
    }
  | {
      readonly kind: "invalid";
      readonly errno: "EINVAL";
      readonly reason: "empty" | "empty-segment" | "relative-with-slash";
    };

const SLASH = 0x2f;
const EMPTY = Buffer.alloc(0);

/** Never throws. The result's buffers are views into `value`. */
export function decodeRedirect(value: Buffer): RedirectVerdict {
  if (value.length === 0) return invalid("empty");
  const nul = value.indexOf(0);
  const text = nul === -1 ? value : value.subarray(0, nul);
  const truncated = nul !== -1;
  if (text[0] !== SLASH) {
    if (text.includes(SLASH)) return invalid("relative-with-slash");
    // A leading NUL passes the check as the empty name.
    const segments = [text.length === 0 ? EMPTY : text];
    return { kind: "valid", text, absolute: false, segments, truncated, unusable: segments.some(unusable) };
  }
  const segments: Buffer[] = [];
  for (let start = 1; start <= text.length; ) {
    const slash = text.indexOf(SLASH, start);
    const end = slash === -1 ? text.length : slash;
    if (end === start) return invalid("empty-segment");
    segments.push(text.subarray(start, end));
    start = end + 1;
    // A trailing slash leaves one more, empty, segment.
    if (slash === -1) break;
  }
  return { kind: "valid", text, absolute: true, segments, truncated, unusable: segments.some(unusable) };
}

/** @throws RangeError for names that no redirect can hold: empty, ".", "..", or with a slash or NUL in them. */
export function encodeRedirect(segments: readonly Uint8Array[], absolute: boolean): Buffer {
  if (segments.length === 0 || (!absolute && segments.length !== 1)) {
    throw new RangeError("a relative redirect is one name, an absolute one is one or more");
  }
  const parts: Uint8Array[] = [];
  for (const segment of segments) {
    if (segment.includes(SLASH) || segment.includes(0) || unusable(segment)) {
      throw new RangeError("a redirect's segment must be a usable file name");
    }
    if (absolute) parts.push(Buffer.from("/"));
    parts.push(segment);
  }
  return Buffer.concat(parts);
}

function invalid(reason: "empty" | "empty-segment" | "relative-with-slash"): RedirectVerdict {
  return { kind: "invalid", errno: "EINVAL", reason };
}

function unusable(name: Uint8Array): boolean {
  if (name.length > 2) return false;
  return name.every((byte) => byte === 0x2e);
}
