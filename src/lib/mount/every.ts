/** Every overlay that this system, or an image tree, mounts or would mount. */
import { errnoName } from "../host/errno.js";
import { cannotTell, type SpecFailure, type SpecResult } from "./build-spec.js";
import type { ModuleDefaults } from "./defaults.js";
import { overlaysInFstab, readFstab, specFromFstabEntry } from "./fstab.js";
import { MOUNTINFO, specFromEntry } from "./mounted.js";
import { parseMountinfo } from "./mountinfo.js";
import type { MountSpec } from "./spec.js";
import type { LookupPlace } from "./tree-files.js";
import { overlayUnits } from "./units.js";

export interface OverlayName {
  readonly from: "mountinfo" | "fstab" | "systemd";
  /** Null: of a mount unit that does not say where. */
  readonly mountPoint: Buffer | null;
}

export interface NamedOverlay {
  /** Tells it from the others, and is the same the next time: its first mount point, or the file that says no more. */
  readonly name: Buffer;
  /** All that lead to these layers with these options. */
  readonly names: readonly OverlayName[];
  readonly result: SpecResult;
}

export interface EveryOverlay {
  readonly overlays: readonly NamedOverlay[];
  /** Lists that could not be read: there may be more overlays. */
  readonly unread: readonly SpecFailure[];
}

/**
 * What is mounted, in fstab and in mount units, in this order; what two of them name alike is one overlay. `defaults`:
 * mountinfo does not print an option that is the module's default, and fstab may.
 */
export function everyOverlay(place: LookupPlace, defaults: ModuleDefaults): EveryOverlay {
  const unread: SpecFailure[] = [];
  const found: Found[] = [...mounted(place, unread), ...inFstab(place, unread), ...inUnits(place)];
  const overlays = new Map<string, Found>();
  for (const [i, overlay] of found.entries()) {
    const key = overlay.result.ok ? keyOf(overlay.result.spec, defaults) : `${i}`;
    const known = overlays.get(key);
    overlays.set(
      key,
      known === undefined ? overlay : { ...known, names: [...known.names, ...overlay.names] },
    );
  }
  return { overlays: withNames([...overlays.values()]), unread };
}

type Found = Omit<NamedOverlay, "name">;

/** What fstab and a unit mount at one place need not be the same: the later ones say where they come from. */
function withNames(overlays: readonly Found[]): NamedOverlay[] {
  const taken = new Set<string>();
  return overlays.map((overlay) => {
    const [first] = overlay.names;
    const base = first?.mountPoint ?? Buffer.from(overlay.result.ok ? "" : overlay.result.error.option);
    let name = base;
    for (let i = 1; taken.has(name.toString("latin1")); i++) {
      const which = `${first?.from ?? ""}${i === 1 ? "" : ` ${i}`}`;
      name = Buffer.concat([base, Buffer.from(` (${which})`)]);
    }
    taken.add(name.toString("latin1"));
    return { name, ...overlay };
  });
}

/** A superblock that is mounted at several places is one overlay. */
function mounted(place: LookupPlace, unread: SpecFailure[]): Found[] {
  if (place.root !== null) return [];
  const bytes = place.files.read(MOUNTINFO);
  if (typeof bytes === "number") {
    unread.push(cannotTell(MOUNTINFO, errnoName(bytes)));
    return [];
  }
  const devices = new Map<string, Found>();
  for (const entry of parseMountinfo(bytes)) {
    if (entry.fsType !== "overlay") continue;
    const device = `${entry.major}:${entry.minor}`;
    const name = { from: "mountinfo", mountPoint: entry.mountPoint } as const;
    const known = devices.get(device);
    const names = [...(known?.names ?? []), name];
    devices.set(device, { names, result: known?.result ?? specFromEntry(entry, place) });
  }
  return [...devices.values()];
}

function inFstab(place: LookupPlace, unread: SpecFailure[]): Found[] {
  const fstab = readFstab(place);
  if (fstab.found) {
    return overlaysInFstab(fstab.bytes).map((entry) => ({
      names: [{ from: "fstab" as const, mountPoint: entry.mountPoint }],
      result: specFromFstabEntry(entry, place),
    }));
  }
  if (!fstab.absent) unread.push(cannotTell(fstab.name, fstab.why));
  return [];
}

function inUnits(place: LookupPlace): Found[] {
  return overlayUnits(place).map(({ mountPoint, result }) => ({
    names: [{ from: "systemd" as const, mountPoint }],
    result,
  }));
}

/** The same for two descriptions of one stack with the same options in force. */
function keyOf({ lower, data, upper, work, options }: MountSpec, defaults: ModuleDefaults): string {
  const hex = (path: Buffer | null): string => path?.toString("hex") ?? "";
  const { index, nfsExport, metacopy, redirectDir, xino, uuid, verity, userxattr, volatile, readonly } =
    options;
  const inForce = [
    index ?? defaults.index,
    nfsExport ?? defaults.nfsExport,
    metacopy ?? defaults.metacopy,
    redirectDir ?? defaults.redirectDir,
    xino ?? defaults.xino,
    // A mount with "auto" that has found or made its UUID prints "on".
    uuid === undefined || uuid === "auto" ? "on" : uuid,
    verity ?? "off",
    userxattr ?? false,
    volatile ?? false,
    readonly ?? false,
  ];
  return JSON.stringify([lower.map(hex), data.map(hex), hex(upper), hex(work), inForce]);
}
