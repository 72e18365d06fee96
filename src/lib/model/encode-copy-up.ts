/**
 * Which directories the kernel copies up only to give out a handle: a lower directory
 * below one that the index does not know cannot be found again from its handle.
 * ovl_connectable_layer(), ovl_connect_layer()
 */
import { DT_DIR } from "../format/fileType.js";
import type { Native } from "../host/native.js";
import { ENOENT } from "../kernel/env.js";
import { join } from "../kernel/path.js";
import type { ReadHooks } from "./hooks.js";
import { eachEntry } from "./listing.js";
import type { Survey } from "./survey.js";

/** Paths of unindexed merge directories that hold a directory which no upper one covers. */
export function copiesOnEncode(native: Native, s: Survey, hooks: ReadHooks): Buffer[] {
  const { view } = s.views.plain;
  return s.unindexedDirs
    .filter(({ stack: { upper, lower } }) =>
      lower.some((place) => {
        let found = false;
        eachEntry(native, place, hooks, (name, type) => {
          if (found || type !== DT_DIR || upper === null) return;
          found = view.examine({ layer: upper.layer, path: join(upper.path, name) }) === -ENOENT;
        });
        return found;
      }),
    )
    .map(({ path }) => path);
}
