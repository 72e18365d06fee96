/** Which lower directory it is: by its handle, or by its place where the filesystem gives none. */
import { type Place, placeKey } from "../place.js";
import { placeOf, type ShownLower } from "./lower-parts.js";

export type LowerIdentity = { readonly fh: Buffer } | { readonly at: Place };

export function identityOf({ lower, fh }: ShownLower): LowerIdentity {
  return fh === null ? { at: placeOf(lower) } : { fh };
}

export const isThis = (shown: ShownLower | null, identity: LowerIdentity): boolean =>
  shown !== null && identityKey(identityOf(shown)) === identityKey(identity);

/** Its handle, as an origin has it; null where it has none. */
export const handleOf = (identity: LowerIdentity): Buffer | null => ("fh" in identity ? identity.fh : null);

/** One string for one directory. */
export const identityKey = (identity: LowerIdentity): string =>
  "fh" in identity ? `fh ${identity.fh.toString("latin1")}` : `at ${placeKey(identity.at)}`;
