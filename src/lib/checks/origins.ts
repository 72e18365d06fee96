/** An upper object's origin is a handle, and leads to a lower object of the same type in one of the layers. */
import { finding } from "../catalogue/index.js";
import { decodeHandle } from "../format/fileHandle.js";
import { hex, layerName, type NameCheck, typeName } from "./context.js";

export const origins: NameCheck = (seen, { report }) => {
  if (seen.layer.role !== "upper" || seen.kind === "whiteout") return;
  const at = { layer: layerName(seen.layer), path: seen.path };
  const raw = seen.xattrs.get("origin");
  if (Buffer.isBuffer(raw)) {
    const verdict = decodeHandle(raw);
    const evidence = { stored: hex(raw), reason: verdict.kind === "valid" ? "" : verdict.reason };
    if (verdict.kind === "invalid") report(finding("origin-invalid", { ...at, evidence }));
    if (verdict.kind === "unknown") report(finding("origin-unknown", { ...at, evidence }));
  }
  for (const event of seen.lookups?.required.events ?? []) {
    if (event.kind === "origin-stale") {
      const wrongType = seen.lookups?.required.events.some((e) => e.kind === "origin-wrong-type") ?? false;
      if (!wrongType) report(finding("origin-stale", { ...at, evidence: { stored: hex(event.fh) } }));
    } else if (event.kind === "origin-wrong-type") {
      const found = seen.lookups?.required;
      const type =
        found?.kind === "found" && found.upper !== null ? typeName(found.upper.object.mode) : "file";
      report(
        finding("origin-type-mismatch", { ...at, evidence: { type, originType: typeName(event.mode) } }),
      );
    }
  }
};
