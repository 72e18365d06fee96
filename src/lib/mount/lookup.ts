import { errnoName } from "../host/errno.js";
import type { Files } from "../host/files.js";
import { type Place, type SpecResult, specFromOptions } from "./build-spec.js";
import { printable, resolvePath } from "./bytes.js";
import { findInFstab } from "./fstab.js";
import { mountAt, overlayOptions, parseMountinfo } from "./mountinfo.js";
import { parseOptions } from "./options.js";
import { describePlace, placeRelative } from "./relative.js";
import { resolveInRoot } from "./root-path.js";
import { optionsOfUnit, UNIT_DIRECTORIES, unitName } from "./systemd.js";

const FSTAB = Buffer.from("/etc/fstab");

/**
 * A mount point to the overlay that is mounted there, or that fstab or a mount unit would mount.
 * With --root only that tree's fstab is asked: nothing is mounted in an image.
 */
export function specFromMountPoint(mountPoint: Buffer, place: LookupPlace): SpecResult {
  if (place.root !== null) return fromFstab(mountPoint, place) ?? notFound(mountPoint, true);
  const given = resolvePath(place.cwd, mountPoint);
  const located = place.files.locate(given);
  const path = typeof located === "number" ? given : located.path;
  return (
    fromMountinfo(path, place) ??
    fromFstab(path, place) ??
    fromFstab(given, place) ??
    fromUnit(path, place) ??
    notFound(mountPoint, false)
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
  const { files, root } = place;
  const named = root === null ? FSTAB : resolvePath(root, FSTAB.subarray(1));
  const at = root === null ? FSTAB : resolveInRoot(root, FSTAB, (link) => asLink(files.readlink(link)));
  if (at === null) return refuse(named, "ELOOP (too many symlinks)");
  const bytes = files.read(at);
  if (typeof bytes === "number") {
    const name = errnoName(bytes);
    // A running system without an fstab is an ordinary one; a tree has no other list of mounts.
    if (root === null && name === "ENOENT") return undefined;
    return refuse(named, name === "EINVAL" ? "is no regular file" : name);
  }
  const entry = findInFstab(bytes, path);
  if (entry === undefined) return undefined;
  const result = parseOptions([entry.options]);
  if (!result.ok) return result;
  // At boot relative paths are read from the root directory.
  return specFromOptions(result.parsed, "fstab", { ...place, cwd: Buffer.from("/") });
}

function fromUnit(path: Buffer, place: LookupPlace): SpecResult | undefined {
  for (const directory of UNIT_DIRECTORIES) {
    const file = Buffer.from(`${directory}/${unitName(path)}.mount`);
    const bytes = place.files.read(file);
    if (bytes === -ENOENT) continue;
    if (typeof bytes === "number") return refuse(file, errnoName(bytes));
    const options = optionsOfUnit(bytes);
    if (options === undefined) return undefined;
    if (typeof options === "string") return refuse(file, options);
    const result = parseOptions([options]);
    return result.ok
      ? specFromOptions(result.parsed, "systemd", { ...place, cwd: Buffer.from("/") })
      : result;
  }
  return undefined;
}

const ENOENT = 2;

function asLink(target: Buffer | number): Buffer | null {
  return typeof target === "number" ? null : target;
}

function notFound(path: Buffer, inTree: boolean): SpecResult {
  return refuse(
    path,
    inTree
      ? "the fstab of that tree has no overlay for it"
      : "no overlay is mounted there, and neither fstab nor a mount unit has one for it",
  );
}

function refuse(path: Buffer, reason: string): SpecResult {
  return { ok: false, error: { option: printable(path), reason } };
}
