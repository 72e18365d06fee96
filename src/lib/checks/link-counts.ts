/** An indexed object whose lower one has several names keeps the overlay's link count in `nlink`. */
import { finding } from "../catalogue/index.js";
import { decodeNlink, overlayNlink } from "../format/nlink.js";
import { layerName, type NameCheck, text } from "./context.js";

export const linkCounts: NameCheck = (seen, { report }) => {
  const raw = seen.xattrs.get("nlink");
  const found = seen.lookups?.required;
  if (seen.kind !== "file" || found?.kind !== "found" || !found.indexed) return;
  const upper = found.upper?.object;
  const lower = found.lower[0]?.object;
  if (upper === undefined || lower === undefined || lower.nlink === 1) return;
  const at = { layer: layerName(seen.layer), path: seen.path };
  const stored = text(raw);
  // None at all is as bad as a malformed one: ovl_get_nlink() says so too.
  const verdict = decodeNlink(Buffer.isBuffer(raw) ? raw : Buffer.alloc(0));
  const count = overlayNlink(verdict, upper.nlink, lower.nlink);
  if (verdict.kind === "invalid" || count === null)
    report(finding("nlink-malformed", { ...at, evidence: { stored } }));
};
