/** A lower object that no name reaches any more has a tombstone, so that its handle is stale. */
import { finding } from "../catalogue/index.js";
import { isDir } from "../kernel/env.js";
import { layerName, type TableCheck, text, typeName } from "./context.js";

export const lostObjects: TableCheck = ({ survey, report, require, era }) => {
  if (require !== "nfs-export") return;
  const names = new Map<string, number>();
  const key = (o: { readonly layer: { readonly dev: number }; readonly ino: number }): string =>
    `${o.layer.dev}:${o.ino}`;
  for (const { home } of survey.lost) names.set(key(home), (names.get(key(home)) ?? 0) + 1);
  for (const { home, path } of survey.lost) {
    // An upper object without an entry stands for it: that is another finding.
    if (survey.claims.find(home.fh, 0) >= 0) continue;
    // Of several hard links only the last one to go takes the object with it.
    if (!isDir(home) && (names.get(key(home)) ?? 0) < home.nlink) continue;
    const evidence = { type: typeName(home.mode), lower: text(home.path) };
    const severity = era ? "error" : "warning";
    report(finding("tombstone-missing", { layer: layerName(home.layer), path, evidence, severity }));
  }
};
