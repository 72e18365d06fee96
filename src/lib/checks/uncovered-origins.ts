/** A lower object that was moved does not show under its old name as well. */
import { finding } from "../catalogue/index.js";
import type { LayerPath } from "../kernel/env.js";
import type { Survey } from "../model/survey.js";
import { lowerBytes, type TableCheck, text, typeName } from "./context.js";

export const uncoveredOrigins: TableCheck = ({ survey, report }, { sightings }) => {
  for (const { plain, path } of sightings) {
    if (plain.kind !== "found") continue;
    const top = plain.lower[0] ?? null;
    const own = claimantOf(survey, plain.lowerFh, top);
    if (own === null) continue;
    const at = { layer: "upper", path: own, bytes: { ...lowerBytes(plain.lowerFh, top), other: path } };
    const other = text(path);
    if (plain.isDir) {
      report(finding("redirect-uncovered", { ...at, evidence: { redirect: "", origin: other } }));
    } else if (!survey.views.required.options.nfsExport || top?.object.nlink === 1) {
      // Exported, hard links are told apart by their own inodes, and the index makes them one file again.
      const type = typeName(top?.object.mode ?? 0);
      report(finding("origin-duplicate", { ...at, evidence: { type, other } }));
    }
  }
};

/** The upper object that names this lower one; of several the first. */
function claimantOf(
  { claims, places, nameOf }: Survey,
  fh: Buffer | null,
  top: LayerPath | null,
): Buffer | null {
  if (fh === null) return (top === null ? null : places.find(top)?.claimants[0]?.path) ?? null;
  const claim = claims.find(fh, 0);
  return claim < 0 ? null : nameOf(claims.note(claim), claims.ino(claim));
}
