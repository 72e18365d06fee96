/** Escaped xattrs are those of an overlay inside this one: somebody else's, and left alone. */
import { finding } from "../catalogue/index.js";
import { ESCAPE } from "../format/xattrNames.js";
import { layerName, type TableCheck } from "./context.js";

export const escapedXattrs: TableCheck = ({ survey, report }) => {
  const { view } = survey.views.plain;
  for (const { place, path } of survey.escaped) {
    const object = view.examine(place);
    for (const name of typeof object === "number" ? [] : object.xattrs.keys()) {
      if (!name.startsWith(ESCAPE)) continue;
      report(finding("xattr-escaped", { layer: layerName(place.layer), path, evidence: { name } }));
    }
  }
};
