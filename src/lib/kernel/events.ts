/** What a lookup met on its way: the kernel warns about most of it, findings are made of it. */
import type { Errno, RawObject } from "../host/native.js";
import type { LayerPath } from "./env.js";

export type LookupEvent =
  | { readonly kind: "redirect-invalid"; readonly at: LayerPath; readonly value: Buffer | Errno }
  | {
      /** The search for the lower object of a redirect ended here. */
      readonly kind: "redirect-stopped";
      readonly at: LayerPath;
      readonly reason: "whiteout" | "not-directory" | "not-regular" | "opaque";
      readonly object: RawObject;
    }
  | { readonly kind: "redirect-refused" }
  | { readonly kind: "metacopy-refused" }
  | {
      readonly kind: "metacopy-invalid";
      readonly at: LayerPath;
      readonly value: Buffer | Errno;
      readonly errno: number;
    }
  | { readonly kind: "metacopy-no-data" }
  | { readonly kind: "trapped"; readonly at: LayerPath }
  | { readonly kind: "origin-invalid"; readonly value: Buffer | Errno }
  | { readonly kind: "origin-stale"; readonly fh: Buffer }
  | { readonly kind: "origin-wrong-type"; readonly fh: Buffer; readonly mode: number }
  /** The lower object found by path is not the one that `origin` names. */
  | {
      readonly kind: "origin-unverified";
      readonly at: LayerPath;
      readonly expected: Buffer;
      readonly errno: number;
    }
  /** A merge directory without `origin` gets one now. */
  | { readonly kind: "origin-set"; readonly fh: Buffer }
  /** `typeBits`: what kind of object the entry is. */
  | {
      readonly kind: "index-bad";
      readonly entry: Buffer;
      readonly reason: "tombstone" | "wrong-type";
      readonly typeBits: number;
    }
  | { readonly kind: "index-uncovered"; readonly entry: Buffer }
  | { readonly kind: "index-multiply"; readonly entry: Buffer }
  /** An entry that is another inode than the upper object: not used. */
  | { readonly kind: "index-other-inode"; readonly entry: Buffer; readonly ino: number };
