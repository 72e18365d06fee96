/** What shows only when everything has been read: who shares an origin, what has no tombstone, what still shows. */
import { finding } from "../catalogue/index.js";
import { isDir } from "../kernel/env.js";
import type { Sighting } from "../model/seek.js";
import type { CheckContext } from "./context.js";
import { dtypeName, layerName, text, typeName } from "./context.js";

const DT_DIR = 4;

/** One lower object has one upper object. */
export function rivals({ survey, report }: CheckContext, nameOf: (dir: number, ino: number) => Buffer): void {
  for (const rival of survey.rivals) {
    const row = survey.index === null ? -1 : survey.index.table.find(rival.fh, 0);
    const claim = survey.claims.find(rival.fh, 0);
    let other = "an index entry";
    if (row >= 0 && survey.index?.isClaimed(row) === true) {
      other = text(nameOf(survey.index.table.note(row), survey.index.table.ino(row)));
    } else if (claim >= 0) {
      other = text(nameOf(survey.claims.note(claim), survey.claims.ino(claim)));
    }
    const at = { layer: "upper", path: rival.path };
    if (rival.type === DT_DIR) report(finding("redirect-duplicate", { ...at, evidence: { redirect: "", other } }));
    else report(finding("origin-duplicate", { ...at, evidence: { type: dtypeName(rival.type), other } }));
  }
}

/** A lower object that no name reaches any more has a tombstone, so that its handle is stale. */
export function lostObjects({ survey, report, require, era }: CheckContext): void {
  if (require !== "nfs-export") return;
  const names = new Map<string, number>();
  const key = (o: { layer: { dev: number }; ino: number }): string => `${o.layer.dev}:${o.ino}`;
  for (const { home } of survey.lost) names.set(key(home), (names.get(key(home)) ?? 0) + 1);
  for (const { home, path } of survey.lost) {
    if (survey.claims.find(home.fh, 0) >= 0) continue;
    // Of several hard links only the last one to go takes the object with it.
    if (!isDir(home) && (names.get(key(home)) ?? 0) < home.nlink) continue;
    const evidence = { type: typeName(home.mode), lower: text(home.path) };
    const severity = era ? "error" : "warning";
    report(finding("tombstone-missing", { layer: layerName(home.layer), path, evidence, severity }));
  }
}

/** A lower object that was moved does not show under its old name as well. */
export function uncovered({ survey, report }: CheckContext, sighting: Sighting, nameOf: (dir: number, ino: number) => Buffer): void {
  const fh = sighting.plain.lowerFh;
  const claim = fh === null ? -1 : survey.claims.find(fh, 0);
  if (claim < 0) return;
  const at = { layer: "upper", path: nameOf(survey.claims.note(claim), survey.claims.ino(claim)) };
  const other = text(sighting.path);
  if (sighting.plain.isDir) {
    report(finding("redirect-uncovered", { ...at, evidence: { redirect: "", origin: other } }));
  } else if (!survey.views.required.options.nfsExport) {
    const type = typeName(sighting.plain.lower[0]?.object.mode ?? 0);
    report(finding("origin-duplicate", { ...at, evidence: { type, other } }));
  }
}
