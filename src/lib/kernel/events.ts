/** What a lookup met on its way: the kernel warns about most of it, findings are made of it. */
import type { Errno, RawObject } from "../host/native.js";
import type { LayerPath } from "./env.js";

export type LookupEvent =
  /** ovl_get_redirect_xattr(): malformed (EINVAL), or not to be read; the lookup fails. */
  | { readonly kind: "redirect-invalid"; readonly at: LayerPath; readonly value: Buffer | Errno }
  | {
      /** The search for the lower object of a redirect ended here. */
      readonly kind: "redirect-stopped";
      readonly at: LayerPath;
      readonly reason: "whiteout" | "not-directory" | "not-regular" | "opaque";
      readonly object: RawObject;
    }
  /** Where redirects are not followed: EPERM. */
  | { readonly kind: "redirect-refused" }
  /** With metacopy=off: EPERM. */
  | { readonly kind: "metacopy-refused" }
  /** ovl_check_metacopy_xattr(): cannot be read or, since 6.6, is malformed; the lookup fails. `errno` is positive. */
  | {
      readonly kind: "metacopy-invalid";
      readonly at: LayerPath;
      readonly value: Buffer | Errno;
      readonly errno: number;
    }
  /** No layer has the data: EIO, but not of the lookup where they were to be in a data-only layer, which it does not search. */
  | { readonly kind: "metacopy-no-data" }
  /** ovl_lookup_trap_inode(): a directory that is a layer's root, work or index: ELOOP. */
  | { readonly kind: "trapped"; readonly at: LayerPath }
  /** ovl_get_fh(): not a handle, or not to be read; it counts as none. */
  | { readonly kind: "origin-invalid"; readonly value: Buffer | Errno }
  /** ovl_check_origin(): it leads to nothing in the lower layers' filesystems; the lookup goes on without. */
  | { readonly kind: "origin-stale"; readonly fh: Buffer }
  /** ovl_check_origin_fh(): it leads to an object of another type, whose st_mode is `mode`; the same. */
  | { readonly kind: "origin-wrong-type"; readonly fh: Buffer; readonly mode: number }
  /** The lower object found by path is not the one that `origin` names: a directory is not merged, a file's lookup fails. */
  | {
      readonly kind: "origin-unverified";
      readonly at: LayerPath;
      readonly expected: Buffer;
      readonly errno: number;
    }
  /** ovl_fix_origin(): a merge directory without `origin` gets one now. */
  | { readonly kind: "origin-set"; readonly fh: Buffer }
  /** ovl_lookup_index(), like those that follow: the entry cannot be the object's (EIO). `typeBits`: S_IFMT bits of the entry. */
  | {
      readonly kind: "index-bad";
      readonly entry: Buffer;
      readonly reason: "tombstone" | "wrong-type";
      readonly typeBits: number;
    }
  /** A lower directory shows under a name where no upper one stands, and has an entry: EIO. */
  | { readonly kind: "index-uncovered"; readonly entry: Buffer }
  /** The entry stands for another upper directory than this one: EIO. */
  | { readonly kind: "index-multiply"; readonly entry: Buffer }
  /** An entry that is another inode than the upper object: not used. */
  | { readonly kind: "index-other-inode"; readonly entry: Buffer; readonly ino: number };
