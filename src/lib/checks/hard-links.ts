/** A lower hard link that was copied up without the index has left its other names behind. */
import { finding } from "../catalogue/index.js";
import { isDir } from "../kernel/env.js";
import { layerName, type NameCheck } from "./context.js";

export const hardLinks: NameCheck = (seen, { report, survey }) => {
  const { home } = seen;
  if (seen.kind !== "file" || seen.layer.role !== "upper" || home === null || isDir(home) || home.nlink < 2)
    return;
  if (seen.xattrs.has("origin") || survey.index === null || home.fh === null) return;
  // With an entry the lower object's names are accounted for, and this one is a new file.
  if (survey.index.table.find(home.fh, 0) >= 0) return;
  const names = home.nlink === 2 ? "the other name" : `the ${home.nlink - 1} other names`;
  const other = `${names} of lower inode ${home.ino}`;
  report(finding("hardlink-split", { layer: layerName(seen.layer), path: seen.path, evidence: { other } }));
};
