/** Names of one directory of one layer, as they come. */
import type { Native } from "../host/native.js";
import type { LayerPath } from "../kernel/env.js";
import type { ReadHooks } from "./hooks.js";

const AT_ONCE = 4096;

/** `take` gets a view into the listing: copy the name to keep it. */
export function eachEntry(
  native: Native,
  place: LayerPath,
  hooks: ReadHooks,
  take: (name: Buffer, type: number, ino: number) => void,
): void {
  // Read to the end: the token of an unfinished listing holds a descriptor.
  for (let resume = 0; ; ) {
    const listing = native.list(place.layer.fd, place.path, resume, AT_ONCE);
    if (typeof listing === "number") {
      hooks.onUnreadable(place.layer, place.path, "read", -listing);
      return;
    }
    let start = 0;
    listing.ends.forEach((end, i) => {
      take(listing.names.subarray(start, end), listing.types[i] as number, listing.inos[i] as number);
      start = end;
    });
    resume = listing.resume;
    if (resume === 0) return;
  }
}
