/** Where the object of a finding stands in its own layer. */
import type { FindingBytes } from "../catalogue/index.js";
import { join } from "../kernel/path.js";
import type { NameObservation } from "../model/merged.js";

/** In upper the overlay's path is the object's own; below it a redirect may have led there by another name. */
export function standing(seen: NameObservation): { readonly bytes?: FindingBytes } {
  if (seen.layer.role === "upper") return {};
  const dir = seen.dir.stack.lower.find(({ layer }) => layer === seen.layer);
  return dir === undefined ? {} : { bytes: { lower: join(dir.path, seen.name) } };
}
