/** Directories listed to their end: an unfinished listing keeps a descriptor and a buffer until it is gone on with. */
import type { Errno, Native, RawListing } from "./native.js";

/** Entries a call. */
const AT_ONCE = 4096;

type Lists = Pick<Native, "list">;

/** Each part of a directory as it comes; 0, or the errno that ended it. What `take` throws comes through, after the end. */
export function eachPart(
  native: Lists,
  root: number,
  path: Buffer,
  take: (listing: RawListing) => void,
): 0 | Errno {
  for (let resume = 0; ; ) {
    const listing = native.list(root, path, resume, AT_ONCE);
    if (typeof listing === "number") return listing;
    resume = listing.resume;
    try {
      take(listing);
    } catch (error) {
      finishListing(native, resume);
      throw error;
    }
    if (resume === 0) return 0;
  }
}

/** Each name of a directory, "." and ".." left out. `name` is a view into the listing: copy it to keep it. */
export function eachName(
  native: Lists,
  root: number,
  path: Buffer,
  take: (name: Buffer, type: number, ino: number) => void,
): 0 | Errno {
  return eachPart(native, root, path, ({ names, ends, types, inos }) => {
    let start = 0;
    ends.forEach((end, i) => {
      take(names.subarray(start, end), types[i] as number, inos[i] as number);
      start = end;
    });
  });
}

/** Give back what an unfinished listing holds. `resume`: its token; 0 for none. */
export function finishListing(native: Lists, resume: number): void {
  for (let token = resume; token !== 0; ) {
    const rest = native.list(0, Buffer.alloc(0), token, AT_ONCE);
    token = typeof rest === "number" ? 0 : rest.resume;
  }
}
