/** A metadata-only file has its data in a lower layer, and the mount options allow to go there. */
import { finding } from "../catalogue/index.js";
import { decodeMetacopy } from "../format/metacopy.js";
import { hex, layerName, type NameCheck, text } from "./context.js";
import { standing } from "./standing.js";

export const metacopy: NameCheck = (seen, { report, survey }) => {
  if (seen.kind !== "file") return;
  const at = { layer: layerName(seen.layer), path: seen.path, ...standing(seen) };
  const raw = seen.xattrs.get("metacopy");
  if (Buffer.isBuffer(raw)) {
    const verdict = decodeMetacopy(raw);
    if (verdict.kind === "invalid") {
      report(finding("metacopy-invalid", { ...at, evidence: { value: hex(raw), reason: verdict.reason } }));
    }
  }
  for (const event of seen.lookups?.required.events ?? []) {
    switch (event.kind) {
      case "metacopy-refused": {
        const option = survey.views.required.options.nfsExport ? "nfs_export=on" : "metacopy=off";
        report(finding("metacopy-not-followed", { ...at, evidence: { option } }));
        break;
      }
      case "metacopy-no-data": {
        const redirect = seen.xattrs.get("redirect");
        const evidence = { redirect: Buffer.isBuffer(redirect) ? text(redirect) : null };
        report(finding("metacopy-no-data", { ...at, evidence }));
        break;
      }
      case "origin-unverified": {
        const evidence = {
          lower: text(event.at.path),
          stored: hex(seen.xattrs.get("origin")),
          expected: hex(event.expected),
        };
        report(finding("metacopy-origin-mismatch", { ...at, evidence }));
        break;
      }
      default:
    }
  }
};
