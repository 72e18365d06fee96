import type { Files } from "../host/files.js";
import { SLASH } from "../mount/bytes.js";
import type { MountSpec } from "../mount/spec.js";
import { locate, mountTable } from "./location.js";
import { isInside } from "./overlap.js";

type Disk = Pick<Files, "locate" | "read" | "stat">;

/** A directory, by whatever name; null for what is not there. */
function identity(disk: Disk, path: Buffer): string | null {
  const stat = disk.stat(path);
  return typeof stat === "number" ? null : `${stat.dev}:${stat.ino}`;
}

/** Path up to the last slash; "." for a name alone. */
function parentOf(path: Buffer): Buffer {
  const slash = path.lastIndexOf(SLASH);
  return slash < 0 ? Buffer.from(".") : path.subarray(0, Math.max(slash, 1));
}

/**
 * The layer, or the work directory, that a file would be written into, however symlinks and mounts lead there; null
 * for none. What this system is itself mounted on (lowerdir=/) holds every file and is nobody's to keep as it is.
 */
export function layerHolding(file: Buffer, spec: MountSpec, disk: Disk): Buffer | null {
  const root = identity(disk, Buffer.from("/"));
  const layers = new Map<string, Buffer>();
  for (const path of [spec.upper, spec.work, ...spec.lower, ...spec.data]) {
    const known = path === null ? null : identity(disk, path);
    if (path !== null && known !== null && known !== root) layers.set(known, path);
  }
  const table = mountTable(disk);
  const place = locate(disk, table, parentOf(file));
  if (typeof place === "number") return null;
  // A mount of a part of the layer, which has the layer nowhere above it.
  for (const layer of layers.values()) {
    const outer = locate(disk, table, layer);
    if (typeof outer !== "number" && isInside(place.location, outer.location)) return layer;
  }
  // In a chroot that is no mount point nobody tells what is mounted.
  for (let at = place.path; ; at = parentOf(at)) {
    const layer = layers.get(identity(disk, at) ?? "");
    if (layer !== undefined) return layer;
    if (at.length <= 1) return null;
  }
}
