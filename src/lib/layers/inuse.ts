import type { Files } from "../host/files.js";
import type { Errno } from "../host/native.js";
import { printable, resolvePath, SLASH } from "../mount/bytes.js";
import { type MountEntry, overlayOptions, parseMountinfo } from "../mount/mountinfo.js";
import type { MountSpec } from "../mount/spec.js";
import type { Location, Use } from "./facts.js";
import { locate, type MountTable } from "./location.js";
import { isInside } from "./overlap.js";

const ROOT: Buffer = Buffer.from("/");
/** ENOENT, ESRCH, ENOTDIR, ENAMETOOLONG, ELOOP: there is no directory of that path, as far as this process may look. */
const NOTHING_THERE: ReadonlySet<number> = new Set([-2, -3, -20, -36, -40]);

/**
 * Which directories overlays have as upper or work, in any mount namespace.
 *
 * The paths that mountinfo prints are those of whoever mounted, often in a
 * namespace that sees the mount no more: each is tried in this process's
 * namespace and in every one that has the mount, and every directory so found counts as used.
 * A relative path was taken from a directory that nobody recorded. What stands at it near the mount
 * point or here counts as used, and so does whatever has a path that ends like it.
 */
export interface UsedDirectory {
  readonly use: Use;
  /** "dev:ino"; null: only the end of the path is known. */
  readonly object: string | null;
  readonly location: Location | null;
  /** As mountinfo has it. */
  readonly path: Buffer;
}

export interface UseTable {
  readonly directories: readonly UsedDirectory[];
  /** False: some processes' mounts could not be read, so a use may have been missed. */
  readonly complete: boolean;
  /** Mount points of overlays of which it is not known what they use. */
  readonly unknown: readonly string[];
}

type Layers = Pick<MountSpec, "upper" | "work" | "lower" | "data">;

interface Namespace {
  /** null: this process's. */
  readonly pid: number | null;
  readonly entries: readonly MountEntry[];
}

interface Sight {
  readonly entry: MountEntry;
  readonly namespace: Namespace;
}

/** `lowerToo`: those that overlays have as lower or data layers as well; only whoever writes to such a layer asks. */
export function scanUses(files: Files, lowerToo = false): UseTable {
  const { namespaces, complete } = mountNamespaces(files);
  // The same overlay in several namespaces is one superblock.
  const overlays = new Map<string, Sight[]>();
  for (const namespace of namespaces) {
    for (const entry of namespace.entries) {
      if (entry.fsType !== "overlay") continue;
      const device = `${entry.major}:${entry.minor}`;
      const known = overlays.get(device);
      if (known === undefined) overlays.set(device, [{ entry, namespace }]);
      else known.push({ entry, namespace });
    }
  }
  const own = namespaces.find((namespace) => namespace.pid === null);
  const directories: UsedDirectory[] = [];
  const unknown: string[] = [];
  for (const sights of overlays.values()) {
    const found = directoriesOf(files, sights, own, lowerToo);
    directories.push(...found.directories);
    if (!found.known) unknown.push(printable((sights[0] as Sight).entry.mountPoint));
  }
  return { directories, complete, unknown };
}

/** A layer's directory, as it is compared with those in use. */
export interface Candidate {
  readonly object: string;
  readonly location: Location | null;
  /** As it was given. */
  readonly path: Buffer;
  /** Symlinks resolved; null where it is not known. */
  readonly real: Buffer | null;
}

/** The overlay that has this directory, or one above it, as upper or work. */
export function findUse(table: UseTable, directory: Candidate): { use: Use | null; useAbove: Use | null } {
  const self = table.directories.find((used) =>
    used.object === null ? endsLike(directory, used.path) : used.object === directory.object,
  );
  const above = table.directories.find((used) => isInside(directory.location, used.location));
  return { use: self?.use ?? null, useAbove: above?.use ?? null };
}

/** `known`: false where an object may be in use that is not among them. */
function directoriesOf(
  files: Files,
  sights: readonly Sight[],
  own: Namespace | undefined,
  lowerToo: boolean,
): { directories: UsedDirectory[]; known: boolean } {
  const { entry, namespace } = sights[0] as Sight;
  const parsed = overlayOptions(entry);
  if ("reason" in parsed) return { directories: [], known: false };
  const places = [...new Set([...(own === undefined ? [] : [own]), ...sights.map((s) => s.namespace)])];
  const found: UsedDirectory[] = [];
  let known = true;
  for (const [role, path] of pathsOf(parsed, lowerToo)) {
    const isRelative = path[0] !== SLASH;
    const seen = new Map<string, Location | null>();
    for (const place of places) {
      const bases = isRelative ? basesIn(files, place, sights) : [ROOT];
      for (const at of bases.map((base) => resolvePath(base, path))) {
        const full = place.pid === null ? at : Buffer.concat([Buffer.from(`/proc/${place.pid}/root`), at]);
        const stat = files.stat(full);
        if (typeof stat === "number") {
          if (!NOTHING_THERE.has(stat)) known = false;
          continue;
        }
        const object = `${stat.dev}:${stat.ino}`;
        const located = locate(files, tableOf(place), full);
        if (typeof located !== "number") seen.set(object, seen.get(object) ?? located.location);
        else if (!NOTHING_THERE.has(located)) known = false;
      }
    }
    const mountpoint = printable(entry.mountPoint);
    const use: Use = { role, mountpoint, pid: namespace.pid, byPathOnly: isRelative || seen.size !== 1 };
    for (const [object, location] of seen) found.push({ use, object, location, path });
    if (!isRelative && seen.size > 0) continue;
    const end = isRelative ? lastNames(path) : path;
    // The root of a container was mounted from outside of it: of its paths nothing is to be seen in there.
    const isOwnRoot = sights.some((s) => s.namespace === own && s.entry.mountPoint.equals(ROOT));
    if (isRelative && (end.length === 0 || (seen.size === 0 && !isOwnRoot))) known = false;
    if (end.length > 0) found.push({ use, object: null, location: null, path: end });
  }
  return { directories: found, known };
}

function pathsOf(spec: Layers, lowerToo: boolean): [Use["role"], Buffer][] {
  const paths: [Use["role"], Buffer][] = [];
  if (spec.upper !== null) paths.push(["upper", spec.upper]);
  if (spec.work !== null) paths.push(["work", spec.work]);
  if (lowerToo) for (const path of [...spec.lower, ...spec.data]) paths.push(["lower", path]);
  return paths;
}

/** Where a relative path may have been taken from: here, or a directory above the mount point. */
function basesIn(files: Files, place: Namespace, sights: readonly Sight[]): Buffer[] {
  const bases = new Map<string, Buffer>([["/", ROOT]]);
  const add = (path: Buffer): void => void bases.set(path.toString("latin1"), path);
  if (place.pid === null) add(files.cwd());
  for (const { entry, namespace } of sights) {
    if (namespace !== place) continue;
    const point = entry.mountPoint;
    add(point);
    for (let at = point.lastIndexOf(SLASH); at > 0; at = point.lastIndexOf(SLASH, at - 1)) {
      add(point.subarray(0, at));
    }
  }
  return [...bases.values()];
}

/** "/names/after/it" of a relative path with "." and ".." in it: those that any path to the directory ends with. */
function lastNames(path: Buffer): Buffer {
  const names: string[] = [];
  for (const name of path.toString("latin1").split("/")) {
    if (name === "..") names.length = 0;
    else if (name !== "" && name !== ".") names.push(`/${name}`);
  }
  return Buffer.from(names.join(""), "latin1");
}

/** `end` begins with a slash: a path that was taken from another root, or from a directory not known. */
function endsLike({ path, real, location }: Candidate, end: Buffer): boolean {
  return [path, real, location?.path ?? null].some((whole) => {
    if (whole === null) return false;
    const rooted = whole[0] === SLASH ? whole : Buffer.concat([ROOT, whole]);
    return rooted.length >= end.length && rooted.subarray(rooted.length - end.length).equals(end);
  });
}

function tableOf(namespace: Namespace): MountTable {
  return { errno: 0, byId: new Map(namespace.entries.map((entry) => [entry.id, entry])) };
}

const EACCES = 13;

/** "mnt:[inode]". Of a process that goes between lookup and proc_ns_readlink() this is EACCES, and ENOENT the next time. */
function namespaceOf(files: Files, process: string): Buffer | Errno {
  const link = Buffer.from(`/proc/${process}/ns/mnt`);
  const first = files.readlink(link);
  return first === -EACCES ? files.readlink(link) : first;
}

/** One process for each distinct mount namespace; this process's first. */
function mountNamespaces(files: Files): { namespaces: Namespace[]; complete: boolean } {
  const namespaces: Namespace[] = [];
  const seen = new Set<string>();
  let complete = true;
  const take = (name: string, pid: number | null): void => {
    const link = namespaceOf(files, name);
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
