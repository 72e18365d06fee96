/**
 * The `nlink` xattr of an indexed non-directory: the overlay's link count as a
 * difference to that of the upper (`U`) or lower (`L`) inode, which the
 * kernel knows without asking: `U+1`, `U-2`, `L-1`.
 */
export type NlinkVerdict =
  | { readonly kind: "valid"; readonly base: "U" | "L"; readonly difference: number }
  | { readonly kind: "invalid"; readonly reason: "too-long" | "base" | "sign" | "number" | "range" };

/** The kernel reads into a buffer of this size: a longer value is ERANGE to it. */
export const NLINK_MAX_SIZE = 12;

const INT_MAX = 2 ** 31 - 1;
const INT_MIN = -(2 ** 31);

/**
 * Read as ovl_get_nlink() does: a C string, one base letter, then kstrtoint()
 * base 10 over the rest with its sign: digits, and one newline at the end at most. Never throws.
 * Not reached at all where the lower inode has one link only.
 */
export function decodeNlink(value: Buffer): NlinkVerdict {
  if (value.length > NLINK_MAX_SIZE) return { kind: "invalid", reason: "too-long" };
  const nul = value.indexOf(0);
  const text = (nul === -1 ? value : value.subarray(0, nul)).toString("latin1");
  const base = text[0];
  if (base !== "U" && base !== "L") return { kind: "invalid", reason: "base" };
  if (text[1] !== "+" && text[1] !== "-") return { kind: "invalid", reason: "sign" };
  const digits = text.slice(2);
  if (!/^[0-9]+\n?$/.test(digits)) return { kind: "invalid", reason: "number" };
  const difference = Number(digits) * (text[1] === "-" ? -1 : 1);
  if (difference > INT_MAX || difference < INT_MIN) return { kind: "invalid", reason: "range" };
  return { kind: "valid", base, difference: difference === 0 ? 0 : difference };
}

/**
 * The overlay's link count, or null where the kernel takes its fallback: the
 * upper inode's count in general, 0 (an orphan) when it verifies an index entry.
 */
export function overlayNlink(verdict: NlinkVerdict, upper: number, lower: number): number | null {
  if (verdict.kind !== "valid") return null;
  const nlink = (verdict.base === "U" ? upper : lower) + verdict.difference;
  return nlink > 0 ? nlink : null;
}

/** As the kernel prints it, `%c%+i`. */
export function encodeNlink(base: "U" | "L", difference: number): Buffer {
  const sign = difference < 0 ? "-" : "+";
  return Buffer.from(`${base}${sign}${Math.abs(difference)}`, "latin1");
}
