/** What stands inside directories that show no longer: each of it is hidden too. */
import type { Native } from "../host/native.js";
import { lookup, stackOf } from "../kernel/lookup.js";
import { join } from "../kernel/path.js";
import { listNames } from "./compare.js";
import type { ReadHooks } from "./hooks.js";
import type { Survey } from "./survey.js";

/** Takes all of {@link Survey.hiddenDirs}, and what is found inside of them, down to the last. */
export function enterHiddenDirs(native: Native, s: Survey, hooks: ReadHooks): void {
  for (let next = s.hiddenDirs.pop(); next !== undefined; next = s.hiddenDirs.pop()) {
    // A directory that moved takes along what is in it.
    if (s.isMerged(next.fh)) continue;
    const lower = lookup(s.views.plain, { upper: null, lower: next.parent }, next.name);
    if (lower.kind !== "found" || !lower.isDir) continue;
    const stack = stackOf(lower);
    for (const name of listNames(native, [stack], hooks)) {
      const found = lookup(s.views.plain, stack, name);
      const top = found.kind === "found" ? found.lower[0] : undefined;
      if (found.kind !== "found" || top === undefined) continue;
      const { mode, ino, nlink } = top.object;
      const home = { layer: top.layer, path: top.path, mode, ino, nlink, fh: found.lowerFh };
      s.hide(home, stack, name, join(next.path, name), next.reported);
    }
  }
}
