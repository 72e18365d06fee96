/** A merge directory's origin is the lower directory that it merges with by name. */
import { finding } from "../catalogue/index.js";
import { hex, layerName, type NameCheck, text } from "./context.js";

export const mergeDirectories: NameCheck = (seen, { report, require }) => {
  if (seen.kind !== "directory" || seen.lookups === null) return;
  const { required, plain } = seen.lookups;
  const at = { layer: layerName(seen.layer), path: seen.path };
  for (const event of required.events) {
    if (event.kind === "origin-set") {
      const merged = plain.kind === "found" ? plain.lower[0] : undefined;
      const bytes = { fh: event.fh, ...(merged === undefined ? {} : { lower: merged.path }) };
      // Without an index nobody goes by the origin.
      const weight = require === "plain" ? ({ severity: "info" } as const) : {};
      const evidence = { lower: text(merged?.path) };
      report(finding("merge-origin-missing", { ...at, ...weight, evidence, bytes }));
    } else if (event.kind === "origin-unverified") {
      const evidence = {
        lower: text(event.at.path),
        stored: hex(seen.xattrs.get("origin")),
        expected: hex(event.expected),
      };
      report(finding("merge-origin-mismatch", { ...at, evidence }));
    }
  }
};
