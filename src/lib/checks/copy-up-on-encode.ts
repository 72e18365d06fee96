/** Giving out handles does not write to the upper layer. */
import { finding } from "../catalogue/index.js";
import type { TableCheck } from "./context.js";

const because =
  "handing out a handle for a lower directory in it copies that directory up first: this one is not in the index";

export const copyUpOnEncode: TableCheck = ({ survey, report }, { copiesUp }) => {
  if (!survey.views.required.options.nfsExport) return;
  for (const path of copiesUp)
    report(finding("copy-up-on-encode", { layer: "upper", path, evidence: { because } }));
};
