/** A lower object that no name reaches any more has a tombstone, so that its handle is stale. */
import { finding } from "../catalogue/index.js";
import { isDir } from "../kernel/env.js";
import { layerName, type TableCheck, text, typeName } from "./context.js";

export const lostObjects: TableCheck = ({ survey, report, require, era }, { sightings }) => {
  if (require !== "nfs-export") return;
  const shown = new Set<string>();
  for (const { plain } of sightings) {
    if (plain.kind === "found" && plain.lowerFh !== null) shown.add(plain.lowerFh.toString("latin1"));
  }
  for (const { home, path } of survey.lost) {
    const { fh, layer } = home;
    // An upper object without an entry stands for it: that is another finding.
    if (survey.claims.find(fh, 0) >= 0 || shown.has(fh.toString("latin1"))) continue;
    // Of several hard links only the last one to go takes the object with it.
    if (!isDir(home) && survey.hiddenLinks(fh) < home.nlink) continue;
    const evidence = { type: typeName(home.mode), lower: text(home.path) };
    const severity = era ? "error" : "warning";
    const bytes = { fh, lower: home.path };
    report(finding("tombstone-missing", { layer: layerName(layer), path, evidence, severity, bytes }));
  }
};
