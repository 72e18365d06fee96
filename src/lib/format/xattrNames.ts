/** Names of overlay xattrs, and whose they are. */

/** What follows the prefix. */
export const OVERLAY_XATTRS = [
  "origin",
  "upper",
  "nlink",
  "redirect",
  "opaque",
  "impure",
  "metacopy",
  "whiteout",
  "uuid",
  "protattr",
] as const;
export type OverlayXattr = (typeof OVERLAY_XATTRS)[number];

/** Without the mount option userxattr: to be read and written with CAP_SYS_ADMIN only. */
export const TRUSTED_PREFIX = "trusted.overlay.";
/** With the mount option userxattr. An overlay uses one prefix or the other, never both. */
export const USER_PREFIX = "user.overlay.";
export type OverlayPrefix = typeof TRUSTED_PREFIX | typeof USER_PREFIX;

/** What a nested overlay's xattrs get after the prefix (ovl_is_escaped_xattr). */
export const ESCAPE = "overlay.";

/** Which one an overlay uses, mounted with the option userxattr or without. */
export function overlayPrefix(userxattr: boolean): OverlayPrefix {
  return userxattr ? USER_PREFIX : TRUSTED_PREFIX;
}

/** The one that an overlay with this prefix does not look at. */
export function otherPrefix(prefix: OverlayPrefix): OverlayPrefix {
  return prefix === TRUSTED_PREFIX ? USER_PREFIX : TRUSTED_PREFIX;
}

export const isOverlayPrefix = (text: string): text is OverlayPrefix =>
  text === TRUSTED_PREFIX || text === USER_PREFIX;

const PORTABLE: readonly string[] = [
  "trusted.",
  "user.",
  "security.selinux",
  "security.SMACK64",
  "system.posix_acl_",
];

/** May another inode be given it as it is? What vouches for one (security.evm, security.ima) is of that one alone. */
export const isPortable = (name: string): boolean => PORTABLE.some((start) => name.startsWith(start));

/** Full name, for reading and writing. */
export function xattrName(prefix: OverlayPrefix, name: OverlayXattr): string {
  return prefix + name;
}

export type XattrOwner =
  /** This overlay's own. */
  | { readonly kind: "own"; readonly name: OverlayXattr }
  /** Under the prefix, but no name that is known here; the overlay hides it and ignores it. */
  | { readonly kind: "unrecognised"; readonly name: string }
  /** A nested overlay's, one level deep for each "overlay."; never to be touched. */
  | { readonly kind: "escaped"; readonly depth: number; readonly name: string }
  /** Of the other prefix: no meaning to this overlay. */
  | { readonly kind: "other-prefix"; readonly name: string }
  /** Not an overlay xattr. */
  | { readonly kind: "foreign" };

/** Whose is the xattr of this full name, for an overlay that uses `prefix`? */
export function classifyXattr(full: string, prefix: OverlayPrefix): XattrOwner {
  const other = otherPrefix(prefix);
  if (full.startsWith(other)) return { kind: "other-prefix", name: full.slice(other.length) };
  if (!full.startsWith(prefix)) return { kind: "foreign" };
  const { name, depth } = unescaped(full.slice(prefix.length));
  if (depth > 0) return { kind: "escaped", depth, name };
  return isOverlayXattr(name) ? { kind: "own", name } : { kind: "unrecognised", name };
}

/** What stands after the prefix, as the overlay names it whose it is, so many levels deep. */
export function unescaped(rest: string): { readonly name: string; readonly depth: number } {
  let name = rest;
  let depth = 0;
  for (; name.startsWith(ESCAPE); depth++) name = name.slice(ESCAPE.length);
  return { name, depth };
}

/** Is this, the part after the prefix, the name of an xattr that is known here? */
export function isOverlayXattr(name: string): name is OverlayXattr {
  return (OVERLAY_XATTRS as readonly string[]).includes(name);
}
