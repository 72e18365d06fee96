/** An index entry stands for an object of this overlay. */
import { finding } from "../catalogue/index.js";
import { dtypeName, type TableCheck } from "./context.js";

export const foreignEntries: TableCheck = ({ survey, report }, { foreign }) => {
  const { index } = survey;
  if (index === null) return;
  for (const { row, reason } of foreign) {
    const type = index.isTombstone(row) ? "tombstone" : dtypeName(index.type(row));
    report(finding("entry-foreign", { layer: "index", path: index.name(row), evidence: { type, reason } }));
  }
};
