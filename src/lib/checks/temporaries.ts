/** The kernel's own temporaries do not stay behind in the index directory. */
import { finding } from "../catalogue/index.js";
import { DT_CHR } from "../format/fileType.js";
import { dtypeName, type TableCheck } from "./context.js";

export const temporaries: TableCheck = ({ survey, report }) => {
  for (const { name, type } of survey.index?.temporaries ?? []) {
    // The whiteout that all others are links of rests here.
    if (type === DT_CHR) continue;
    report(finding("index-temporary", { layer: "index", path: name, evidence: { type: dtypeName(type) } }));
  }
};
