/** The resolved stack, for the report. */
import type { Effective, Filesystem, Layer, Stack } from "../layers/types.js";
import type { MountSpec } from "../mount/spec.js";
import { effectiveOptions, requestedOptions } from "./options.js";
import type { FilesystemReport, LayerReport, OverlayReport } from "./result.js";

/** `stack`: null where a layer could not be opened. */
export function overlayReport(
  spec: MountSpec,
  stack: Stack | null,
  effective: Effective | null,
): OverlayReport {
  const layer = (
    role: LayerReport["role"],
    path: Buffer,
    index: number,
    opened: Layer | null | undefined,
  ): LayerReport => ({
    name: role === "upper" || role === "work" ? role : `${role}[${index}]`,
    role,
    path,
    filesystem: opened ? filesystem(opened.fs) : null,
  });
  const layers = [
    ...(spec.upper === null ? [] : [layer("upper", spec.upper, 0, stack?.upper)]),
    ...spec.lower.map((path, i) => layer("lower", path, i + 1, stack?.lower[i])),
    ...spec.data.map((path, i) => layer("data", path, i + 1, stack?.data[i])),
    ...(spec.work === null ? [] : [layer("work", spec.work, 0, stack?.upper)]),
  ];
  return {
    source: spec.source,
    layers,
    requested: requestedOptions(spec.options),
    effective: effective === null ? {} : effectiveOptions(effective),
  };
}

function filesystem(fs: Filesystem): FilesystemReport {
  const uuid = fs.uuid.every((byte) => byte === 0) ? null : formatUuid(fs.uuid);
  return { type: fs.name, uuid, handles: fs.handles };
}

function formatUuid(uuid: Buffer): string {
  return uuid.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
