/** All names that certain inodes have in the upper layer: hard links are several, and share their fate. */
import { DT_DIR } from "../format/fileType.js";
import type { Native } from "../host/native.js";
import type { LayerPath } from "../kernel/env.js";
import { join } from "../kernel/path.js";
import type { ReadHooks } from "./hooks.js";
import { eachEntry } from "./listing.js";
import type { Survey } from "./survey.js";

/** Walks the whole upper layer, unless nothing is asked for. By inode; one that has no name is not among them. */
export function upperNames(
  native: Native,
  s: Survey,
  inos: ReadonlySet<number>,
  hooks: ReadHooks,
): ReadonlyMap<number, readonly Buffer[]> {
  const names = new Map<number, Buffer[]>();
  const { upper } = s.views.plain.root;
  const waiting: LayerPath[] = upper === null || inos.size === 0 ? [] : [upper];
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
    const { layer, path } = dir;
    eachEntry(native, dir, hooks, (name, type, ino) => {
      if (type !== DT_DIR && !inos.has(ino)) return;
      const own = join(path, Buffer.from(name));
      if (inos.has(ino)) names.set(ino, [...(names.get(ino) ?? []), own]);
      if (type === DT_DIR) waiting.push({ layer, path: own });
    });
  }
  return names;
}
