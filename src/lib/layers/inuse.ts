import type { Files } from "../host/files.js";
import { printable, resolvePath, SLASH } from "../mount/bytes.js";
import { type MountEntry, overlayOptions, parseMountinfo } from "../mount/mountinfo.js";
import type { Location, Use } from "./facts.js";
import { locate, type MountTable } from "./location.js";
import { isInside } from "./overlap.js";

/**
 * Which directories overlays have as upper or work, in any mount namespace.
 *
 * The paths that mountinfo prints are those of whoever mounted, often in a
 * namespace that sees the mount no more: each is tried in this process's
 * namespace and in every one that has the mount, and every directory so found counts as used.
 */
export interface UsedDirectory {
  readonly use: Use;
  /** "dev:ino"; null where the path leads nowhere. */
  readonly object: string | null;
  readonly location: Location | null;
  /** As mountinfo has it. */
  readonly path: Buffer;
}

export interface UseTable {
  readonly directories: readonly UsedDirectory[];
  /** False: some processes' mounts could not be read, so a use may have been missed. */
  readonly complete: boolean;
}

interface Namespace {
  /** null: this process's. */
  readonly pid: number | null;
  readonly entries: readonly MountEntry[];
}

export function scanUses(files: Files): UseTable {
  const { namespaces, complete } = mountNamespaces(files);
  // The same overlay in several namespaces is one superblock.
  const overlays = new Map<string, { entry: MountEntry; seen: Namespace[] }>();
  for (const namespace of namespaces) {
    for (const entry of namespace.entries) {
      if (entry.fsType !== "overlay") continue;
      const device = `${entry.major}:${entry.minor}`;
      const known = overlays.get(device);
      if (known === undefined) overlays.set(device, { entry, seen: [namespace] });
      else if (!known.seen.includes(namespace)) known.seen.push(namespace);
    }
  }
  const own = namespaces.find((namespace) => namespace.pid === null);
  const directories: UsedDirectory[] = [];
  for (const { entry, seen } of overlays.values()) {
    const places = own === undefined || seen.includes(own) ? seen : [own, ...seen];
    directories.push(...directoriesOf(files, entry, seen[0]?.pid ?? null, places));
  }
  return { directories, complete };
}

/** The overlay that has this directory, or one above it, as upper or work. */
export function findUse(
  table: UseTable,
  directory: { readonly object: string; readonly location: Location | null; readonly path: Buffer },
): { use: Use | null; useAbove: Use | null } {
  const self = table.directories.find((used) =>
    used.object === null ? used.path.equals(directory.path) : used.object === directory.object,
  );
  const above = table.directories.find((used) => isInside(directory.location, used.location));
  return { use: self?.use ?? null, useAbove: above?.use ?? null };
}

function directoriesOf(
  files: Files,
  entry: MountEntry,
  pid: number | null,
  places: readonly Namespace[],
): UsedDirectory[] {
  const parsed = overlayOptions(entry);
  if ("reason" in parsed) return [];
  const found: UsedDirectory[] = [];
  for (const role of ["upper", "work"] as const) {
    const path = role === "upper" ? parsed.upper : parsed.work;
    if (path === null) continue;
    const seen = new Map<string, Location | null>();
    const bases = path[0] === SLASH ? [Buffer.from("/")] : [files.cwd(), Buffer.from("/")];
    const absolutes = bases.map((base) => resolvePath(base, path));
    for (const place of places) {
      for (const at of absolutes) {
        const full = place.pid === null ? at : Buffer.concat([Buffer.from(`/proc/${place.pid}/root`), at]);
        const stat = files.stat(full);
        if (typeof stat === "number") continue;
        const object = `${stat.dev}:${stat.ino}`;
        seen.set(object, seen.get(object) ?? locate(files, tableOf(place), full)?.location ?? null);
      }
    }
    const use: Use = { role, mountpoint: printable(entry.mountPoint), pid, byPathOnly: seen.size !== 1 };
    if (seen.size === 0) found.push({ use, object: null, location: null, path });
    for (const [object, location] of seen) found.push({ use, object, location, path });
  }
  return found;
}

function tableOf(namespace: Namespace): MountTable {
  return { byId: new Map(namespace.entries.map((entry) => [entry.id, entry])) };
}

/** One process for each distinct mount namespace; this process's first. */
function mountNamespaces(files: Files): { namespaces: Namespace[]; complete: boolean } {
  const namespaces: Namespace[] = [];
  const seen = new Set<string>();
  let complete = true;
  const take = (name: string, pid: number | null): void => {
    const link = files.readlink(Buffer.from(`/proc/${name}/ns/mnt`));
    if (typeof link === "number") {
      // A process that ended meanwhile (ENOENT, ESRCH) has no mounts. A guarded init may refuse even root; it
      // has the initial namespace, and so have the kernel's threads, of which process 2 is the first.
      const isInit = pid === 1 && typeof files.readlink(Buffer.from("/proc/2/ns/mnt")) !== "number";
      if (link !== -2 && link !== -3 && !isInit) complete = false;
      return;
    }
    if (seen.has(link.toString("latin1"))) return;
    const bytes = files.read(Buffer.from(`/proc/${name}/mountinfo`));
    if (typeof bytes === "number") {
      // EINVAL: it is ending, and has left its namespace already.
      if (bytes !== -2 && bytes !== -3 && bytes !== -22) complete = false;
      return;
    }
    seen.add(link.toString("latin1"));
    namespaces.push({ pid, entries: parseMountinfo(bytes) });
  };
  take("self", null);
  const processes = files.list(Buffer.from("/proc"));
  if (typeof processes === "number") return { namespaces, complete: false };
  for (const name of processes) {
    const text = name.toString("latin1");
    if (/^[0-9]+$/.test(text)) take(text, Number(text));
  }
  return { namespaces, complete };
}
