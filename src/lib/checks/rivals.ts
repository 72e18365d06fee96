/** One lower object has one upper object. */
import { finding } from "../catalogue/index.js";
import { DT_DIR } from "../format/fileType.js";
import { dtypeName, lowerBytes, type TableCheck, text } from "./context.js";

export const rivals: TableCheck = ({ survey, report }, { groups }) => {
  const { index } = survey;
  for (const { fh, place, type, claimants } of groups) {
    const row = index === null || type === DT_DIR || fh === null ? -1 : index.table.find(fh, 0);
    const entryIno = row >= 0 && index?.isGone(row) === false ? index.table.ino(row) : null;
    // The one that stands for the lower object: the entry's inode, else the first to be looked up.
    const holder = claimants.find(({ upper }) => upper !== null && (entryIno === null || upper === entryIno));
    for (const { path, upper } of claimants) {
      // A lower object that shows without an upper one is told of under that one's name.
      if (upper === null || upper === holder?.upper) continue;
      const bytes = { ...lowerBytes(fh, place), ...(holder === undefined ? {} : { other: holder.path }) };
      const at = { layer: "upper", path, bytes };
      if (holder === undefined && entryIno !== null) {
        // No name leads to the entry's own inode.
        const entry = index?.name(row).toString("latin1") ?? "";
        report(
          finding("entry-other-inode", {
            ...at,
            evidence: { entry, entryInode: entryIno, upperInode: upper },
          }),
        );
        continue;
      }
      const other = text(holder?.path ?? null);
      if (type === DT_DIR)
        report(finding("redirect-duplicate", { ...at, evidence: { redirect: "", other } }));
      else report(finding("origin-duplicate", { ...at, evidence: { type: dtypeName(type), other } }));
    }
  }
};
