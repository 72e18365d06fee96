/** Can overlay xattrs be seen from here at all? Where they cannot, that none is seen proves nothing. */
import { S_IFLNK, S_IFMT } from "../format/fileType.js";
import { USER_PREFIX } from "../format/xattrNames.js";
import { native } from "../host/addon.js";
import { files } from "../host/files.js";
import { findPrivilegeProblems } from "../layers/privileges.js";
import { printable, resolvePath, SLASH } from "../mount/bytes.js";
import { type MountEntry, overlayOptions, parseMountinfo } from "../mount/mountinfo.js";
import type { InspectedThing } from "./inspection.js";

function unread(what: string, meaning: string): InspectedThing {
  return { what, verdict: "unread", meaning, fields: [] };
}

/** The path below a mount's own root, as its layers have it: "/dir/file"; empty for the root. */
function insideMount(path: Buffer, mount: MountEntry): Buffer {
  const below = (top: Buffer): Buffer => (top.equals(Buffer.from("/")) ? Buffer.alloc(0) : top);
  return Buffer.concat([below(mount.root), path.subarray(below(mount.mountPoint).length)]);
}

/** Where in the layers to look instead: the topmost that has the path, else the topmost. */
function inLayers(path: Buffer, mount: MountEntry): Buffer | null {
  const options = overlayOptions(mount);
  if ("reason" in options) return null;
  const layers = [...(options.upper === null ? [] : [options.upper]), ...options.lower];
  const places = layers.map((layer) => Buffer.concat([layer, insideMount(path, mount)]));
  return places.find((place) => typeof files.lstat(place) !== "number") ?? places[0] ?? null;
}

/** Where `path` itself is: a symlink is not followed. */
function place(path: Buffer, dir: Buffer, name: Buffer): { path: Buffer; mountId: number } | null {
  const stat = files.lstat(path);
  const isLink = typeof stat !== "number" && (stat.mode & S_IFMT) === S_IFLNK;
  const found = files.locate(isLink ? dir : path);
  if (typeof found === "number") return null;
  return isLink ? { ...found, path: resolvePath(found.path, name) } : found;
}

/** The overlay that the path is in, which hides overlay xattrs of its own prefix. */
function hiddenByOverlay(path: Buffer, dir: Buffer, name: Buffer): InspectedThing | null {
  const at = place(path, dir, name);
  const bytes = files.read(Buffer.from("/proc/self/mountinfo"));
  if (at === null || typeof bytes === "number") return null;
  const mount = parseMountinfo(bytes).find((entry) => entry.id === at.mountId);
  if (mount?.fsType !== "overlay") return null;
  const layered = inLayers(at.path, mount);
  const relative = layered !== null && layered[0] !== SLASH ? ", relative to where it was mounted from" : "";
  const instead = layered === null ? "" : `: inspect ${printable(layered)} instead${relative}`;
  return unread(
    "xattrs",
    `hidden by overlayfs, for this is in the overlay mounted at ${printable(mount.mountPoint)}${instead}`,
  );
}

/**
 * What keeps us from seeing the overlay xattrs of the object `name` in `dir`, which is `path` as a whole; empty where
 * nothing does.
 */
export function whatHides(path: Buffer, dir: Buffer, name: Buffer): InspectedThing[] {
  const hidden = hiddenByOverlay(path, dir, name);
  if (hidden !== null) return [hidden];
  const blind = findPrivilegeProblems(native, files, "trusted.").some(
    (problem) => problem.cause === "no-privilege" && problem.evidence.needs === "CAP_SYS_ADMIN",
  );
  return blind
    ? [unread("xattrs", `trusted.* cannot be read: needs CAP_SYS_ADMIN (${USER_PREFIX}* can)`)]
    : [];
}
