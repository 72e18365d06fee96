/** An observation of a name that was looked up without having been met in a scan. */
import { type DirStack, isDir, type View } from "../kernel/env.js";
import type { Lookup } from "../kernel/lookup.js";
import { join } from "../kernel/path.js";
import type { NameObservation } from "./merged.js";
import { placesOf } from "./places.js";

const EMPTY = Buffer.alloc(0);

export function observationOf(
  view: View,
  parent: DirStack,
  name: Buffer,
  path: Buffer,
  lookups: { readonly required: Lookup; readonly plain: Lookup },
): NameObservation | null {
  for (const place of placesOf(parent)) {
    const object = view.examine({ layer: place.layer, path: join(place.path, name) });
    if (typeof object === "number") continue;
    return {
      dir: { path: EMPTY, stack: parent, id: 0, impure: true, counted: true, connects: false },
      name,
      path,
      layer: place.layer,
      kind: isDir(object) ? "directory" : "file",
      ino: object.ino,
      xattrs: object.xattrs,
      xattrBits: 0,
      ctimeNs: object.ctimeNs,
      home: null,
      row: -1,
      lookups,
    };
  }
  return null;
}
