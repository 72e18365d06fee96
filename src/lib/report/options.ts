/** Mount options in the kernel's words, for the report. */
import type { Effective } from "../layers/types.js";
import type { RequestedOptions } from "../mount/spec.js";

function onOff(value: boolean): string {
  return value ? "on" : "off";
}

/** Options as asked for; only those that were. */
export function requestedOptions(options: RequestedOptions): Record<string, string> {
  const out: Record<string, string> = {};
  if (options.index !== undefined) out["index"] = onOff(options.index);
  if (options.nfsExport !== undefined) out["nfs_export"] = onOff(options.nfsExport);
  if (options.redirectDir !== undefined) out["redirect_dir"] = options.redirectDir;
  if (options.metacopy !== undefined) out["metacopy"] = onOff(options.metacopy);
  if (options.uuid !== undefined) out["uuid"] = options.uuid;
  if (options.xino !== undefined) out["xino"] = options.xino;
  if (options.verity !== undefined) out["verity"] = options.verity;
  if (options.userxattr !== undefined) out["userxattr"] = onOff(options.userxattr);
  if (options.volatile !== undefined) out["volatile"] = onOff(options.volatile);
  if (options.readonly === true) out["ro"] = "on";
  return out;
}

/** Options in force. */
export function effectiveOptions(effective: Effective): Record<string, string> {
  const out: Record<string, string> = {
    index: onOff(effective.index),
    nfs_export: onOff(effective.nfsExport),
    redirect_dir: effective.redirectMode,
    metacopy: onOff(effective.metacopy),
    uuid: effective.uuid,
  };
  if (effective.userxattr) out["userxattr"] = "on";
  if (effective.volatile) out["volatile"] = "on";
  if (effective.readonly) out["ro"] = "on";
  return out;
}
