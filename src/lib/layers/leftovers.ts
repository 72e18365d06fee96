import type { Native } from "../host/native.js";

const DT_DIR = 4;
const SLASH = Buffer.from("/");
const SCRATCH = Buffer.from("work");
const INCOMPAT = "incompat";

/**
 * A directory left in `work/work` that the mount cannot sweep away. It removes what
 * stands there two levels deep; below that rmdir(2) fails, and the overlay is mounted
 * read-only without an index. Source: ovl_workdir_cleanup(), ovl_workdir_create().
 * Returns its path below the work directory; null where the mount copes.
 */
export function findStuckLeftover(native: Pick<Native, "list">, workFd: number): Buffer | null {
  for (const first of directoriesIn(native, workFd, SCRATCH)) {
    if (first.toString("latin1").endsWith(`/${INCOMPAT}`)) continue;
    for (const second of directoriesIn(native, workFd, first)) {
      const inside = native.list(workFd, second, 0, 1);
      if (typeof inside !== "number" && inside.ends.length > 0) return second;
    }
  }
  return null;
}

function directoriesIn(native: Pick<Native, "list">, workFd: number, path: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let resume = 0; ; ) {
    const listing = native.list(workFd, path, resume, 1024);
    if (typeof listing === "number") return found;
    listing.ends.forEach((end, i) => {
      if (listing.types[i] !== DT_DIR) return;
      const name = listing.names.subarray(listing.ends[i - 1] ?? 0, end);
      found.push(Buffer.concat([path, SLASH, name]));
    });
    resume = listing.resume;
    if (resume === 0) return found;
  }
}
