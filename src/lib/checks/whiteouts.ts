/** A whiteout covers something. */
import { finding } from "../catalogue/index.js";
import { decodeOpaque } from "../format/opaque.js";
import type { Env } from "../kernel/env.js";
import { atLeast } from "../layers/facts.js";
import type { NameObservation } from "../model/merged.js";
import { layerName, type NameCheck } from "./context.js";
import { standing } from "./standing.js";

export const whiteouts: NameCheck = (seen, { report, survey }) => {
  const at = { layer: layerName(seen.layer), path: seen.path, ...standing(seen) };
  if (seen.kind === "whiteout") {
    const evidence = { kind: "device" } as const;
    if (seen.home !== null) return;
    // The lowest layer covers nothing; where it was an upper once, its whiteouts are to be expected.
    if (seen.dir.stack.lower.length === 0) report(finding("whiteout-in-opaque", { ...at, evidence }));
    else report(finding("whiteout-orphan", { ...at, evidence }));
    return;
  }
  const { kernel } = survey.views.plain;
  // Before 6.7 it is an ordinary file.
  if (!Buffer.isBuffer(seen.xattrs.get("whiteout")) || !atLeast(kernel, 6, 7)) return;
  // "x" marks the directory since 6.8 (ovl_get_opaquedir_val()).
  if (!isMarked(seen, survey.views.plain) || !atLeast(kernel, 6, 8)) {
    report(finding("whiteout-xattr-unmarked", { ...at, evidence: { size: 0 } }));
  }
};

/** The directory's own layer has to say so. The kernel does not ask upper, nor the lowest layer: ovl_lookup_single() */
function isMarked({ dir, layer }: NameObservation, { view }: Env): boolean {
  const own = dir.stack.lower.findIndex((place) => place.layer === layer);
  const place = dir.stack.lower[own];
  if (place === undefined || own === dir.stack.lower.length - 1) return false;
  const object = view.examine(place);
  const mark = typeof object === "number" ? undefined : object.xattrs.get("opaque");
  return Buffer.isBuffer(mark) && decodeOpaque(mark) === "xwhiteouts";
}
