/** A lookup that fails for a reason that has no finding of its own. */
import { finding } from "../catalogue/index.js";
import { errnoName } from "../host/errno.js";
import { layerName, type NameCheck, text } from "./context.js";

/** Kinds of events that another check makes a finding of. */
const TOLD = new Set([
  "redirect-invalid",
  "redirect-refused",
  "metacopy-refused",
  "metacopy-invalid",
  "metacopy-no-data",
  "origin-unverified",
  "index-bad",
  "index-uncovered",
  "index-multiply",
]);

export const refusals: NameCheck = (seen, { report }) => {
  const result = seen.lookups?.required;
  if (result?.kind !== "error") return;
  const at = { layer: layerName(seen.layer), path: seen.path };
  const trapped = result.events.find((e) => e.kind === "trapped");
  if (trapped !== undefined) {
    report(finding("layer-trapped", { ...at, evidence: { trapped: text(trapped.at.path) } }));
  } else if (!result.events.some((e) => TOLD.has(e.kind))) {
    const evidence = { errno: errnoName(result.errno), reason: "the lookup itself fails" };
    report(finding("lookup-refused", { ...at, evidence }));
  }
};
