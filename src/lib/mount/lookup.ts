/** A mount point, or a mount unit, to the overlay that is or would be mounted. */
import { refuse, type SpecResult } from "./build-spec.js";
import { resolvePath } from "./bytes.js";
import { readFstab, specFromFstab } from "./fstab.js";
import { specFromMountinfo } from "./mounted.js";
import type { LookupPlace } from "./tree-files.js";
import { isUnitName, specFromUnit, specFromUnitAt } from "./units.js";

/**
 * A mount point to the overlay that is mounted there, or that fstab or a mount unit would mount; or the name or file
 * of a mount unit to what it mounts. With --root only that tree's fstab and units are asked: nothing is mounted in an
 * image.
 */
export function specFromMountPoint(named: Buffer, place: LookupPlace): SpecResult {
  if (place.root !== null) {
    return (
      specFromFstab(named, place) ??
      specFromUnitAt(named, place) ??
      unitNamed(named, place) ??
      notInTree(named, place)
    );
  }
  const given = resolvePath(place.cwd, named);
  const located = place.files.locate(given);
  const path = typeof located === "number" ? given : located.path;
  return (
    specFromMountinfo(path, place) ??
    specFromFstab(path, place) ??
    specFromFstab(given, place) ??
    specFromUnitAt(path, place) ??
    unitNamed(named, place) ??
    refuse(named, "no overlay is mounted there, and neither fstab nor a mount unit has one for it")
  );
}

function unitNamed(named: Buffer, place: LookupPlace): SpecResult | undefined {
  if (!isUnitName(named)) return undefined;
  return specFromUnit(named, place) ?? refuse(named, "systemd has no such unit, or it is masked");
}

function notInTree(named: Buffer, place: LookupPlace): SpecResult {
  const fstab = readFstab(place);
  if (!fstab.found) return refuse(fstab.name, fstab.why);
  return refuse(named, "neither the fstab of that tree nor a mount unit has an overlay for it");
}
