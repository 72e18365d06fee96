import { DT_DIR } from "../format/fileType.js";
import { eachName } from "../host/listing.js";
import type { Errno, Native } from "../host/native.js";

const SLASH = Buffer.from("/");
const SCRATCH = Buffer.from("work");
const INCOMPAT = "incompat";

type Lists = Pick<Native, "list">;

/**
 * A directory left in `work/work` that the mount cannot sweep away. It removes what
 * stands there two levels deep; below that rmdir(2) fails, and the overlay is mounted
 * read-only without an index. Source: ovl_workdir_cleanup(), ovl_workdir_create().
 * `path` is below the work directory, and null where the mount copes. `errno`: with which some directory could
 * not be read; 0 for none.
 */
export function findStuckLeftover(native: Lists, workFd: number): { path: Buffer | null; errno: Errno } {
  const top = directoriesIn(native, workFd, SCRATCH);
  let { errno } = top;
  for (const first of top.found) {
    if (first.toString("latin1").endsWith(`/${INCOMPAT}`)) continue;
    const below = directoriesIn(native, workFd, first);
    errno ||= below.errno;
    for (const second of below.found) {
      let isEmpty = true;
      errno ||= eachName(native, workFd, second, () => {
        isEmpty = false;
      });
      if (!isEmpty) return { path: second, errno };
    }
  }
  return { path: null, errno };
}

function directoriesIn(native: Lists, workFd: number, path: Buffer): { found: Buffer[]; errno: Errno } {
  const found: Buffer[] = [];
  const errno = eachName(native, workFd, path, (name, type) => {
    if (type === DT_DIR) found.push(Buffer.concat([path, SLASH, name]));
  });
  return { found, errno };
}
