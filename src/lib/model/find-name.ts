import type { Errno, Native, RawListing } from "../host/native.js";
import { join } from "../kernel/path.js";
import type { Layer } from "../layers/types.js";

/** The name that an inode has in a directory of the upper layer; the directory itself where it is gone. */
export function findName(native: Native, upper: Layer | null, dir: Buffer, ino: number): Buffer {
  let name: Buffer | null = null;
  for (let resume = 0; upper !== null; ) {
    // Read to the end: the token of an unfinished listing holds a descriptor.
    const listing: RawListing | Errno = native.list(upper.fd, dir, resume, 4096);
    if (typeof listing === "number") break;
    const at: number = name === null ? listing.inos.indexOf(ino) : -1;
    if (at >= 0) name = Buffer.from(listing.names.subarray(listing.ends[at - 1] ?? 0, listing.ends[at]));
    resume = listing.resume;
    if (resume === 0) break;
  }
  return name === null ? dir : join(dir, name);
}
