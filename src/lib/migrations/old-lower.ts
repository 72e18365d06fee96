/** The lower layers that an overlay was made on, beside those that it has now: what old handles are decoded with. */
import type { RawObject } from "../host/native.js";
import type { Place } from "../plan/place.js";

export interface OldObject {
  /** "old[1]" is the topmost of them. */
  readonly place: Place;
  readonly object: RawObject;
}

export interface OldLower {
  /** Their names, topmost first: "old[1]". */
  readonly names: readonly string[];
  /** All names that the object of this handle structure has in the old layers; none where it is gone, or is of none of them. */
  decode(fh: Buffer): readonly OldObject[];
  /** What stands at a place of an old layer; null for nothing. @throws HostError */
  examine(at: Place): RawObject | null;
}
