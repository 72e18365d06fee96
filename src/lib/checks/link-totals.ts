/** The stored link count of an indexed hard link can be read, and is the number of names that lead to it. */
import { finding } from "../catalogue/index.js";
import { decodeNlink, encodeNlink, overlayNlink } from "../format/nlink.js";
import { type TableCheck, text } from "./context.js";

export const linkTotals: TableCheck = ({ survey, report }) => {
  for (const [row, links] of survey.links) {
    const gives = overlayNlink(decodeNlink(links.stored), links.upperNlink, links.lowerNlink);
    // One link of the upper inode is the index entry.
    const lowerNames = links.lowerNlink - links.atHome - (survey.index?.hiddenLinks(row) ?? 0);
    const expected = links.upperNlink - 1 + lowerNames;
    if (gives === expected) continue;
    const stored = text(links.stored);
    const bytes = { nlink: encodeNlink("U", expected - links.upperNlink) };
    const at = { layer: "upper", path: links.path, bytes };
    report(
      gives === null
        ? finding("nlink-malformed", { ...at, evidence: { stored } })
        : finding("nlink-wrong", { ...at, evidence: { stored, gives, expected } }),
    );
  }
};
