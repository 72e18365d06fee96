/** The lower object that an upper one was copied up from is somewhere in the layers. */
import { finding } from "../catalogue/index.js";
import type { TableCheck } from "./context.js";

export const outsideOrigins: TableCheck = ({ survey, report }, { sightings }) => {
  // What a middle layer covers is in the layers too, and shows nowhere.
  if (survey.views.plain.root.lower.length > 1) return;
  const key = (fh: Buffer | null): string => fh?.toString("latin1") ?? "";
  const shown = new Set(sightings.map(({ plain }) => (plain.kind === "found" ? key(plain.lowerFh) : "")));
  const { claims } = survey;
  for (const row of survey.openClaims()) {
    const fh = claims.handle(row);
    if (shown.has(key(fh))) continue;
    const path = survey.nameOf(claims.note(row), claims.ino(row));
    const evidence = { stored: fh.toString("hex"), found: "an object without a name there" };
    report(finding("origin-outside-layers", { layer: "upper", path, evidence }));
  }
};
