/** Overlay xattrs are in the namespace that the options name. */
import { finding, type Severity } from "../catalogue/index.js";
import { type OverlayXattr, otherPrefix, overlayPrefix } from "../format/xattrNames.js";
import type { Layer } from "../layers/types.js";
import type { Stranger } from "../model/other-prefix.js";
import type { Require } from "../mount/spec.js";
import { layerName, type TableCheck } from "./context.js";

/** What names show, and what is in them, hangs on these in any layer; on the others only in upper. */
const DECIDE: ReadonlySet<OverlayXattr> = new Set(["opaque", "redirect", "metacopy", "whiteout"]);

export const otherNamespace: TableCheck = ({ survey, report, require }, { strangers }) => {
  const prefix = otherPrefix(overlayPrefix(survey.views.required.options.userxattr));
  const lived = new Set(strangers.flatMap(({ layer, isRoot }) => (isRoot ? [roleOf(layer)] : [])));
  for (const one of strangers) {
    const layer = roleOf(one.layer);
    const decides = one.names.some((name) => DECIDE.has(name));
    if (one.layer !== null && layer !== UPPER && !decides) continue;
    // A kernel that read the other prefix went by it in all layers.
    const own = lived.has(UPPER) || lived.has(layer);
    const severity = severityOf(one, { own, decides, require });
    const evidence = { prefix, names: one.names.join(", "), own };
    const at = { layer: one.layer === null ? "work" : layer, path: one.path };
    report(finding("xattr-other-namespace", { ...at, severity, evidence }));
  }
};

const UPPER = "upper";
/** Upper and the work directory belong together. */
const roleOf = (layer: Layer | null): string => (layer === null ? UPPER : layerName(layer));

interface Weight {
  readonly own: boolean;
  readonly decides: boolean;
  readonly require: Require;
}

/** What does not begin at the layer's root may be that of an overlay which is nested in this one. */
function severityOf({ covers }: Stranger, { own, decides, require }: Weight): Severity {
  if (own) return decides || require !== "plain" ? "error" : "warning";
  return decides && covers ? "warning" : "info";
}
