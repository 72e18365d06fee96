/** Overlay xattrs of the prefix that the options do not name: the kernel looks at none of them. */
import { isOverlayXattr, type OverlayXattr } from "../format/xattrNames.js";
import type { LayerPath } from "../kernel/env.js";
import type { Layer } from "../layers/types.js";
import type { DiskView } from "./disk-view.js";
import { type Ground, INDEX, ROOT } from "./ground.js";
import type { Survey } from "./survey.js";

/** An object with overlay xattrs of the other prefix; `names`: which, after that prefix. */
export interface Stranger {
  /** Null: it is in the work directory. */
  readonly layer: Layer | null;
  /** In the overlay; in the work directory below that. */
  readonly path: Buffer;
  readonly place: LayerPath;
  readonly names: readonly OverlayXattr[];
  /** It is the root of a layer, or the index directory: an overlay has lived there, and none that is nested in this one. */
  readonly isRoot: boolean;
  /** A layer below has something of that name. */
  readonly covers: boolean;
}

/** `other`: a view by the other prefix. The roots come first. */
export function findStrangers(other: DiskView, ground: Ground, survey: Survey): Stranger[] {
  const { root, work } = ground;
  const roots = [...(root.upper === null ? [] : [root.upper]), ...root.lower].map((place) => {
    const isCovering = place.layer.role === "upper" || place !== root.lower.at(-1);
    return { layer: place.layer, path: ROOT, place, isRoot: true, covers: isCovering };
  });
  const inWork = work === null ? [] : [{ layer: work, path: INDEX }];
  const found = [
    ...roots,
    ...inWork.map((place) => ({ layer: null, path: INDEX, place, isRoot: true, covers: false })),
    ...survey.otherPrefix.map((one) => ({ layer: one.place.layer, isRoot: false, ...one })),
  ];
  return found.flatMap((one) => {
    const object = other.examine(one.place);
    const names = typeof object === "number" ? [] : [...object.xattrs.keys()].filter(isOverlayXattr);
    return names.length === 0 ? [] : [{ ...one, names }];
  });
}
