/** What stands inside directories that show no longer: each of it is hidden too. */
import type { Native } from "../host/native.js";
import { lookup } from "../kernel/lookup.js";
import { join } from "../kernel/path.js";
import { listNames } from "./compare.js";
import type { ReadHooks } from "./hooks.js";
import type { Survey } from "./survey.js";

export function enterHiddenDirs(native: Native, s: Survey, hooks: ReadHooks): void {
  for (let next = s.hiddenDirs.pop(); next !== undefined; next = s.hiddenDirs.pop()) {
    // It shows under another name, with all that is in it.
    if (s.claims.find(next.fh, 0) >= 0) continue;
    for (const name of listNames(native, [next.stack], hooks)) {
      const found = lookup(s.views.plain, next.stack, name);
      if (found.kind !== "found") continue;
      const top = found.lower[0];
      if (top === undefined) continue;
      const { mode, ino, nlink } = top.object;
      const home = { layer: top.layer, path: top.path, mode, ino, nlink, fh: found.lowerFh };
      s.hide(home, next.stack, name, join(next.path, name), next.reported);
    }
  }
}
