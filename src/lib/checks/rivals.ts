/** One lower object has one upper object. */
import { finding } from "../catalogue/index.js";
import type { Survey } from "../model/survey.js";
import { type CheckContext, dtypeName, type TableCheck, text } from "./context.js";

const DT_DIR = 4;

export const rivals: TableCheck = (context) => {
  for (const rival of context.survey.rivals) {
    const at = { layer: "upper", path: rival.path };
    const other = text(holder(context, context.survey, rival.fh));
    if (rival.type === DT_DIR) {
      context.report(finding("redirect-duplicate", { ...at, evidence: { redirect: "", other } }));
    } else {
      context.report(finding("origin-duplicate", { ...at, evidence: { type: dtypeName(rival.type), other } }));
    }
  }
};

/** The upper object that stood for the lower one first. */
function holder({ nameOf }: CheckContext, { index, claims }: Survey, fh: Buffer): Buffer {
  const row = index === null ? -1 : index.table.find(fh, 0);
  if (index !== null && row >= 0 && index.isClaimed(row)) return nameOf(index.table.note(row), index.table.ino(row));
  const claim = claims.find(fh, 0);
  return claim >= 0 ? nameOf(claims.note(claim), claims.ino(claim)) : Buffer.from("an index entry");
}
