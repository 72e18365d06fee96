/** A redirect leads to a lower directory, and to one that nobody else stands for. */
import { finding } from "../catalogue/index.js";
import { decodeRedirect } from "../format/redirect.js";
import { isDir } from "../kernel/env.js";
import type { Lookup } from "../kernel/lookup.js";
import { layerName, type NameCheck, text, typeName } from "./context.js";
import { standing } from "./standing.js";

export const redirects: NameCheck = (seen, { report, survey }) => {
  const raw = seen.xattrs.get("redirect");
  if (!Buffer.isBuffer(raw) || seen.lookups === null) return;
  const at = { layer: layerName(seen.layer), path: seen.path, ...standing(seen) };
  const redirect = text(raw);
  const verdict = decodeRedirect(raw);
  if (verdict.kind === "invalid") {
    report(finding("redirect-malformed", { ...at, evidence: { redirect, reason: verdict.reason } }));
    return;
  }
  const { required, plain } = seen.lookups;
  if (required.events.some((e) => e.kind === "redirect-refused")) {
    const option = `redirect_dir=${survey.views.required.options.redirectMode}`;
    report(finding("redirect-not-followed", { ...at, evidence: { redirect, option } }));
    return;
  }
  if (seen.kind !== "directory") return;
  if (seen.layer.role === "lower") {
    const resolved = text(plain.kind === "found" ? (plain.redirected ?? raw) : raw);
    report(finding("middle-redirect", { ...at, evidence: { redirect, resolved } }));
    return;
  }
  // Whether it is merged is the plain view's to say: with nfs_export the origin has a word in it too.
  if (plain.kind !== "found" || plain.lower.length > 0) return;
  reportDangling(plain);

  function reportDangling(found: Lookup & { kind: "found" }): void {
    const resolved = text(found.redirected ?? raw);
    const stopped = found.events.find((e) => e.kind === "redirect-stopped");
    if (stopped === undefined) {
      report(finding("redirect-dangling", { ...at, evidence: { redirect, resolved } }));
    } else if (stopped.reason === "whiteout" || stopped.reason === "opaque") {
      const by = stopped.reason === "whiteout" ? "whiteout" : "opaque directory";
      const evidence = { redirect, resolved, ancestor: text(stopped.at.path), by } as const;
      report(finding("redirect-hidden", { ...at, evidence }));
    } else {
      const type = isDir(stopped.object) ? "directory" : typeName(stopped.object.mode);
      report(finding("redirect-not-directory", { ...at, evidence: { redirect, resolved, type } }));
    }
  }
};
