/** One lower object has one upper object. */
import { finding } from "../catalogue/index.js";
import { dtypeName, type TableCheck, text } from "./context.js";

const DT_DIR = 4;

export const rivals: TableCheck = ({ survey, report }, { groups }) => {
  const { index } = survey;
  for (const { fh, type, claimants } of groups) {
    const [first, ...others] = claimants;
    const row = index === null || type === DT_DIR ? -1 : index.table.find(fh, 0);
    for (const { path, upper } of row >= 0 && index?.isClaimed(row) === false ? claimants : others) {
      // A lower object that shows without an upper one is told of under that one's name.
      if (upper === null || upper === first?.upper && path !== first.path) continue;
      const at = { layer: "upper", path };
      if (row >= 0 && index?.isClaimed(row) === false) {
        // No name leads to the entry's own inode.
        const entry = index.name(row).toString("latin1");
        const evidence = { entry, entryInode: index.table.ino(row), upperInode: upper };
        report(finding("entry-other-inode", { ...at, evidence }));
        continue;
      }
      const other = text(first?.path ?? null);
      if (type === DT_DIR) report(finding("redirect-duplicate", { ...at, evidence: { redirect: "", other } }));
      else report(finding("origin-duplicate", { ...at, evidence: { type: dtypeName(type), other } }));
    }
  }
};
