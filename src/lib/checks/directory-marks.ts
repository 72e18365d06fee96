/** The `opaque` xattr says something that the kernel understands. */
import { finding } from "../catalogue/index.js";
import { decodeOpaque } from "../format/opaque.js";
import { hex, layerName, type NameCheck } from "./context.js";
import { standing } from "./standing.js";

export const directoryMarks: NameCheck = (seen, { report }) => {
  const raw = seen.xattrs.get("opaque");
  if (seen.kind !== "directory" || !Buffer.isBuffer(raw) || decodeOpaque(raw) !== "ignored") return;
  report(
    finding("opaque-invalid", {
      layer: layerName(seen.layer),
      path: seen.path,
      ...standing(seen),
      evidence: { value: hex(raw) },
    }),
  );
};
