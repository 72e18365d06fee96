/** Everything that was copied up is in the index, so that the lower object's handle leads to the upper one. */
import { finding } from "../catalogue/index.js";
import { isDir } from "../kernel/env.js";
import { layerName, type NameCheck, typeName } from "./context.js";

export const indexCoverage: NameCheck = (seen, { report, era, survey }) => {
  if (seen.layer.role !== "upper" || seen.kind === "whiteout" || survey.index === null) return;
  const at = { layer: layerName(seen.layer), path: seen.path };
  if (seen.lookups === null) {
    const mode = seen.home?.mode ?? 0;
    if (!seen.xattrs.has("origin")) return;
    note(typeName(mode));
    return;
  }
  const found = seen.lookups.required;
  if (found.kind !== "found" || found.upper === null || found.lower[0] === undefined || found.indexed) return;
  // Another object is in its place, or it was never copied up: that is told elsewhere.
  if (found.events.some((e) => e.kind === "index-other-inode" || e.kind === "origin-set")) return;
  if (
    survey.views.required.options.nfsExport ||
    (!isDir(found.upper.object) && found.lower[0].object.nlink > 1)
  ) {
    note(typeName(found.upper.object.mode));
  }

  function note(type: string): void {
    report(
      finding("copied-up-not-indexed", {
        ...at,
        evidence: { type, era },
        severity: era ? "error" : "warning",
      }),
    );
  }
};
