/** Every overlay xattr that is there can be read. */
import { finding } from "../catalogue/index.js";
import { OVERLAY_XATTRS, TRUSTED_PREFIX, USER_PREFIX } from "../format/xattrNames.js";
import { errnoName } from "../host/errno.js";
import { XATTR_UNREAD } from "../host/scan-reader.js";
import { layerName, type NameCheck } from "./context.js";

export const unreadableXattrs: NameCheck = (seen, { report, survey }) => {
  const at = { layer: layerName(seen.layer), path: seen.path };
  const failed = [...seen.xattrs].filter(([, value]) => typeof value === "number" && value !== XATTR_UNREAD);
  const prefix = survey.views.required.options.userxattr ? USER_PREFIX : TRUSTED_PREFIX;
  // The list itself could not be read.
  const whole = failed.length === OVERLAY_XATTRS.length;
  for (const [name, value] of whole ? failed.slice(0, 1) : failed) {
    const evidence = { name: whole ? "*" : prefix + name, errno: errnoName(value as number) };
    report(finding("xattr-unreadable", { ...at, evidence }));
  }
};
