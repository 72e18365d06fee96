/** A lower object that was moved does not show under its old name as well. */
import { finding } from "../catalogue/index.js";
import { type TableCheck, text, typeName } from "./context.js";

export const uncoveredOrigins: TableCheck = ({ survey, report }, { sightings }) => {
  for (const { plain, path } of sightings) {
    if (plain.kind !== "found" || plain.lowerFh === null) continue;
    const claim = survey.claims.find(plain.lowerFh, 0);
    if (claim < 0) continue;
    const own = survey.nameOf(survey.claims.note(claim), survey.claims.ino(claim));
    const at = { layer: "upper", path: own, bytes: { fh: plain.lowerFh, other: path } };
    const other = text(path);
    if (plain.isDir) {
      report(finding("redirect-uncovered", { ...at, evidence: { redirect: "", origin: other } }));
    } else if (!survey.views.required.options.nfsExport || plain.lower[0]?.object.nlink === 1) {
      // Exported, hard links are told apart by their own inodes, and the index makes them one file again.
      const type = typeName(plain.lower[0]?.object.mode ?? 0);
      report(finding("origin-duplicate", { ...at, evidence: { type, other } }));
    }
  }
};
