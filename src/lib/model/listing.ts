/** Names of one directory of one layer, as they come. */
import { eachName } from "../host/listing.js";
import type { Native } from "../host/native.js";
import type { LayerPath } from "../kernel/env.js";
import type { ReadHooks } from "./hooks.js";

/** `take` gets a view into the listing: copy the name to keep it. */
export function eachEntry(
  native: Native,
  place: LayerPath,
  hooks: ReadHooks,
  take: (name: Buffer, type: number, ino: number) => void,
): void {
  const result = eachName(native, place.layer.fd, place.path, take);
  if (result !== 0) hooks.onUnreadable(place.layer, place.path, "read", -result);
}
