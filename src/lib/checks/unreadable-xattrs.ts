/** Every overlay xattr that is there can be read. */
import { finding } from "../catalogue/index.js";
import { errnoName } from "../host/errno.js";
import { XATTR_UNREAD } from "../host/scan-reader.js";
import { layerName, type NameCheck } from "./context.js";

export const unreadableXattrs: NameCheck = (seen, { report, survey }) => {
  for (const [name, value] of seen.xattrs) {
    if (typeof value !== "number" || value === XATTR_UNREAD) continue;
    const prefix = survey.views.required.options.userxattr ? "user.overlay." : "trusted.overlay.";
    const evidence = { name: prefix + name, errno: errnoName(value) };
    report(finding("xattr-unreadable", { layer: layerName(seen.layer), path: seen.path, evidence }));
  }
};
