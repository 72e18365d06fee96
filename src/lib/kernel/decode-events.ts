/** What the decoding of a handle met on its way, in the order of the kernel: who asks can tell how it came to its end. */
import type { Errno } from "../host/native.js";
import type { Found, IndexHit, LayerPath } from "./env.js";

export type DecodeEvent =
  /** ovl_upper_fh_to_d(): the handle asked of upper's filesystem; null: it is of another one. */
  | { readonly kind: "upper"; readonly found: Found | null | Errno }
  /** ovl_check_origin_fh(): asked of the lower layers' filesystems, from the top. */
  | { readonly kind: "origin"; readonly found: Found | Errno }
  /** ovl_get_index_fh(): the entry of that name. Not where there is no index. */
  | { readonly kind: "index"; readonly name: Buffer; readonly hit: IndexHit }
  /** ovl_index_upper(): what a directory's entry stands for. */
  | { readonly kind: "index-upper"; readonly found: Found | null | Errno }
  /** ovl_check_origin_fh() again: is the directory inside a lower layer? */
  | { readonly kind: "inside"; readonly found: Found | Errno }
  /** ovl_verify_fh(): the origin of the entry's object against the handle. */
  | {
      readonly kind: "index-origin";
      readonly stored: Buffer | Errno | undefined;
      readonly errno: 0 | Errno;
    }
  /** It is the root of an overlay without an upper layer. */
  | { readonly kind: "lower-root" }
  /** ovl_lookup_real_ancestor(): a directory at or above the one in question that the index knows, and its path. */
  | { readonly kind: "ancestor"; readonly real: LayerPath; readonly outcome: Buffer | Errno }
  /** ovl_lookup_real_one(): one name on the way down; "other": it is another directory. */
  | {
      readonly kind: "name";
      readonly path: Buffer;
      readonly real: LayerPath;
      readonly outcome: "found" | "other" | Errno;
    };
