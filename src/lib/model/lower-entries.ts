/** What the walk does about an entry of a lower directory. */

import { DT_CHR, DT_DIR } from "../format/fileType.js";
import { type ScanReader, XATTR_BITS } from "../host/scan-reader.js";
import { ENAMETOOLONG, ENOENT, type LayerPath } from "../kernel/env.js";
import { join } from "../kernel/path.js";
import { topmostProbe } from "./home.js";
import { placesOf } from "./places.js";
import { probeFailed, type Task, type Walking } from "./walking.js";

/** Xattrs that say nothing about what a lower entry shows. */
const PLAIN = XATTR_BITS.origin | XATTR_BITS.impure | XATTR_BITS.nlink | XATTR_BITS.protattr;

/** A name that upper does not have, found in a middle layer (or in the lowest, when all is read). */
export function lowerEntry(walking: Walking, task: Task, r: ScanReader): void {
  const bottom = walking.survey.views.plain.root.lower.length;
  const { dir, place } = task;
  const places = placesOf(dir.stack);
  const failed = (k: number, errno: number): void => {
    if (r.probeStatus(k) === 0) probeFailed(walking, places[k < place ? k : k + 1] as LayerPath, r, errno);
  };
  for (let k = 0; k < place; k++) {
    const status = r.probe(k);
    if (status === 0) return;
    if (status !== -ENOENT && status !== -ENAMETOOLONG) failed(k, status);
  }
  const first = dir.stack.upper === null ? 0 : 1;
  const own = place - first;
  const below = topmostProbe(r, place, places.length - 1, failed);
  const plainXattrs = (r.xattrBits & ~PLAIN) === 0;
  if (r.type !== DT_DIR && plainXattrs && !(r.type === DT_CHR && r.rdev === 0)) return;
  const at = dir.stack.lower[own] as LayerPath;
  if (r.type === DT_DIR && plainXattrs && below < 0 && at.layer.index === bottom) {
    const name = r.name();
    const stack = { upper: null, lower: [{ layer: at.layer, path: join(at.path, name) }] };
    const connects = dir.connects && own === 0;
    walking.visit({ path: join(dir.path, name), stack, impure: false, counted: dir.counted, connects });
    return;
  }
  // The probes leave out the place that is listed.
  const home = below < 0 ? -1 : below + 1 - first;
  walking.examiner.examine(dir, r.name(), walking.observer.observe(dir, r, home, at));
}
