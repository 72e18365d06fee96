/** Overlays that are mounted. */
import { refuse, type SpecResult, specFromOptions } from "./build-spec.js";
import { printable, resolvePath } from "./bytes.js";
import { type MountEntry, mountAt, overlayOptions, parseMountinfo } from "./mountinfo.js";
import { basesFor, describePlace, placeRelative } from "./relative.js";
import type { RequestedOptions } from "./spec.js";
import type { LookupPlace } from "./tree-files.js";

export const MOUNTINFO = Buffer.from("/proc/self/mountinfo");

/** What is mounted at a path; undefined: nothing, or mountinfo cannot be read. */
export function specFromMountinfo(path: Buffer, place: LookupPlace): SpecResult | undefined {
  const entry = entryAt(path, place);
  if (entry === undefined) return undefined;
  if (entry.fsType === "overlay") return specFromEntry(entry, place);
  return refuse(path, `a filesystem of type ${entry.fsType} is mounted there, not an overlay`);
}

export function specFromEntry(entry: MountEntry, place: LookupPlace): SpecResult {
  const parsed = overlayOptions(entry);
  if ("reason" in parsed) return { ok: false, error: parsed };
  const candidates = basesFor(parsed, entry.mountPoint, place.cwd);
  const placed = placeRelative(parsed, candidates, (path) => {
    const stat = place.files.stat(path);
    return typeof stat === "number" ? null : `${stat.dev}:${stat.ino}`;
  });
  if (placed.kind === "ambiguous") {
    const [one, other] = placed.bases.map(printable);
    const reason = `it was mounted with relative paths, which lead to layers below ${one} and to others below ${other}: say with -o or --lower, --upper, --work which it has`;
    return refuse(entry.mountPoint, reason);
  }
  const cwd = placed.kind === "found" ? placed.base : place.cwd;
  const follow = (path: Buffer): Buffer => followShortLink(resolvePath(cwd, path), place);
  const lower = parsed.lower.map(follow);
  return specFromOptions({ ...parsed, lower }, describePlace("mountinfo", placed), { ...place, cwd });
}

/** Where Docker and podman keep a layer, of the short name that they mount it by: `l/ABC` is a symlink to `../ID/diff`. */
function followShortLink(path: Buffer, { files }: LookupPlace): Buffer {
  const [, storage] = /^(.*\/)l\/[^/]+$/s.exec(path.toString("latin1")) ?? [];
  const target = storage === undefined ? -1 : files.readlink(path);
  if (storage === undefined || typeof target === "number") return path;
  const [, layer] = /^\.\.\/([^/]+\/diff)$/s.exec(target.toString("latin1")) ?? [];
  return layer === undefined ? path : Buffer.from(storage + layer, "latin1");
}

/** The options of the overlay that is mounted there; none where none is. */
export function optionsInForce(path: Buffer, place: LookupPlace): RequestedOptions {
  const entry = place.root === null ? entryAt(path, place) : undefined;
  if (entry?.fsType !== "overlay") return {};
  const parsed = overlayOptions(entry);
  return "reason" in parsed ? {} : parsed.options;
}

function entryAt(path: Buffer, place: LookupPlace): MountEntry | undefined {
  const bytes = place.files.read(MOUNTINFO);
  return typeof bytes === "number" ? undefined : mountAt(parseMountinfo(bytes), path);
}
