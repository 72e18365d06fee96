/** A name's index entry agrees with what stands there: otherwise the kernel fails the lookup with EIO. */
import { finding } from "../catalogue/index.js";
import { decodeIndexName } from "../format/indexName.js";
import { layerName, type NameCheck, text, typeName } from "./context.js";

export const badIndex: NameCheck = (seen, { report }) => {
  const result = seen.lookups?.required;
  if (result === undefined) return;
  const plain = seen.lookups?.plain;
  const shown = plain?.kind === "found" ? plain : undefined;
  const lower = shown?.lower[0];
  const at = { layer: layerName(seen.layer), path: seen.path };
  for (const event of result.events) {
    switch (event.kind) {
      case "index-bad":
        if (event.reason === "tombstone") {
          const name = decodeIndexName(event.entry);
          report(
            finding("tombstone-over-reachable", {
              ...at,
              evidence: { lower: text(lower?.path ?? seen.home?.path) },
              bytes: name.kind === "valid" ? { fh: name.bytes } : {},
            }),
          );
        } else {
          const originType = typeName(lower?.object.mode ?? 0);
          const evidence = { type: typeName(event.typeBits), originType };
          report(finding("entry-type-wrong", { layer: "index", path: event.entry, evidence }));
        }
        break;
      case "index-uncovered":
        report(finding("redirect-uncovered", { ...at, evidence: { redirect: "", origin: text(seen.path) } }));
        break;
      case "index-multiply":
        report(
          finding("redirect-duplicate", {
            ...at,
            evidence: { redirect: text(seen.xattrs.get("redirect")), other: event.entry.toString("latin1") },
          }),
        );
        break;
      default:
    }
  }
};
