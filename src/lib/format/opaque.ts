/** The `opaque` and `impure` xattrs of directories. */

/**
 * - opaque: hides everything of the same path in lower layers
 * - xwhiteouts: does not hide, but regular files with a `whiteout` xattr in it count as whiteouts (6.7 and later)
 * - ignored: any other value. The kernel reads into one byte, so a longer value is an error to it and counts as absent
 */
export type OpaqueVerdict = "opaque" | "xwhiteouts" | "ignored";

/** Never throws. Source: ovl_get_dir_xattr_val(), ovl_path_check_dir_xattr(). */
export function decodeOpaque(value: Buffer): OpaqueVerdict {
  if (value.length !== 1) return "ignored";
  if (value[0] === 0x79) return "opaque";
  return value[0] === 0x78 ? "xwhiteouts" : "ignored";
}

/** `impure` counts only as the one byte "y". Source: ovl_path_check_dir_xattr(). */
export function isImpure(value: Buffer): boolean {
  return value.length === 1 && value[0] === 0x79;
}
