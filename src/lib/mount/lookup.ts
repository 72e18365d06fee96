import type { Files } from "../host/files.js";
import { type Place, type SpecResult, specFromOptions } from "./build-spec.js";
import { printable, resolvePath } from "./bytes.js";
import { findInFstab } from "./fstab.js";
import { mountAt, overlayOptions, parseMountinfo } from "./mountinfo.js";
import { parseOptions } from "./options.js";
import { describePlace, placeRelative } from "./relative.js";
import { resolveInRoot } from "./root-path.js";

/**
 * A mount point to the overlay that is mounted there, or that fstab would mount.
 * With --root only that tree's fstab is asked: nothing is mounted in an image.
 */
export function specFromMountPoint(mountPoint: Buffer, place: LookupPlace): SpecResult {
  if (place.root !== null) return fromFstab(mountPoint, place) ?? notFound(mountPoint);
  const given = resolvePath(place.cwd, mountPoint);
  const located = place.files.locate(given);
  const path = typeof located === "number" ? given : located.path;
  return (
    fromMountinfo(path, place) ?? fromFstab(path, place) ?? fromFstab(given, place) ?? notFound(mountPoint)
  );
}

type LookupPlace = Place & { readonly files: Files };

function fromMountinfo(path: Buffer, place: LookupPlace): SpecResult | undefined {
  const bytes = place.files.read(Buffer.from("/proc/self/mountinfo"));
  if (typeof bytes === "number") return undefined;
  const entry = mountAt(parseMountinfo(bytes), path);
  if (entry === undefined) return undefined;
  if (entry.fsType !== "overlay") {
    return refuse(path, `a filesystem of type ${entry.fsType} is mounted there, not an overlay`);
  }
  const parsed = overlayOptions(entry);
  if ("reason" in parsed) return { ok: false, error: parsed };
  const candidates = [place.cwd, Buffer.from("/")];
  const placed = placeRelative(parsed, candidates, (at) => typeof place.files.stat(at) !== "number");
  return specFromOptions(parsed, describePlace("mountinfo", placed), {
    ...place,
    cwd: placed.base ?? place.cwd,
  });
}

function fromFstab(path: Buffer, place: LookupPlace): SpecResult | undefined {
  const { files } = place;
  const etc = Buffer.from("/etc/fstab");
  const at =
    place.root === null ? etc : resolveInRoot(place.root, etc, (link) => asLink(files.readlink(link)));
  const bytes = at === null ? -1 : files.read(at);
  if (typeof bytes === "number") return undefined;
  const entry = findInFstab(bytes, path);
  if (entry === undefined) return undefined;
  const result = parseOptions([entry.options]);
  if (!result.ok) return result;
  // At boot relative paths are read from the root directory.
  return specFromOptions(result.parsed, "fstab", { ...place, cwd: Buffer.from("/") });
}

function asLink(target: Buffer | number): Buffer | null {
  return typeof target === "number" ? null : target;
}

function notFound(path: Buffer): SpecResult {
  return refuse(path, "no overlay is mounted there, and fstab has none for it");
}

function refuse(path: Buffer, reason: string): SpecResult {
  return { ok: false, error: { option: printable(path), reason } };
}
