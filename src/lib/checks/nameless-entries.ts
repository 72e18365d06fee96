/**
 * An entry that holds the last link of an upper inode counts names of the lower object
 * that show. Where none does, the kernel never cleans it up, and its handle opens what was deleted.
 */
import { finding } from "../catalogue/index.js";
import { namesOfIndexed } from "../kernel/index-entry.js";
import { deletedWithIndex } from "../model/nameless.js";
import { type TableCheck, text } from "./context.js";

export const namelessEntries: TableCheck = ({ survey, report, require }, { sightings, nameless }) => {
  const { index } = survey;
  if (index === null) return;
  const shown = new Set<number>();
  for (const { plain } of sightings) {
    if (plain.kind !== "found" || plain.lowerFh === null) continue;
    shown.add(index.table.find(plain.lowerFh, 0));
  }
  for (const { row, lower } of nameless) {
    const entry = index.examine(row);
    if (shown.has(row) || typeof entry === "number" || entry.nlink > 1) continue;
    const evidence = {
      stored: text(entry.xattrs.get("nlink")),
      gives: namesOfIndexed(survey.views.required, lower, entry),
      expected: 0,
    };
    const bytes = { fh: index.table.handle(row) };
    // What kernels come to by themselves, without a day off the index, is no error of anybody's.
    const isError = require === "nfs-export" && !deletedWithIndex(index, row, lower, entry);
    const severity = isError ? "error" : "warning";
    report(finding("nlink-wrong", { layer: "index", path: index.name(row), severity, evidence, bytes }));
  }
};
