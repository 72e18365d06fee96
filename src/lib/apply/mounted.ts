/** Is the overlay, or another one with its layers, mounted now? */
import { findUse, scanUses, type UseTable } from "../layers/inuse.js";
import { locate, mountTable } from "../layers/location.js";
import { type ApplyHost, type Root, type Target, Trouble } from "./types.js";

/** What is written whatever was asked for. */
const OWN = ["upper", "work"] as const;

/**
 * Is an overlay mounted with upper, work, or a lower layer that is to be written? In any mount namespace. Upper may
 * be a lower layer of it as well: the kernel allows that, but not that it is changed then. To write to a lower
 * layer it has to be known of every overlay what it uses.
 */
export function findMount(host: ApplyHost, target: Target, lower: readonly string[]): Trouble | null {
  const uses = scanUses(host.files, true);
  const writing = { ...uses, directories: uses.directories.filter(({ use }) => use.role !== "lower") };
  const table = mountTable(host.files);
  const roots: [string, Root][] = OWN.map((name) => [name, target[name]]);
  for (const layer of target.lower) if (lower.includes(layer.name)) roots.push([layer.name, layer]);
  for (const [name, root] of roots) {
    const located = locate(host.files, table, root.path);
    const known = typeof located === "number" ? null : located;
    const candidate = {
      object: `${root.dev}:${root.ino}`,
      location: known?.location ?? null,
      path: root.path,
      real: known?.path ?? null,
    };
    // Whole trees are lower layers of a sandbox: an upper layer somewhere below one is not part of it for that.
    const above = OWN.some((one) => one === name) ? writing : uses;
    const found = findUse(uses, candidate).use ?? findUse(above, candidate).useAbove;
    if (found === null) continue;
    const who = found.pid === null ? "" : ` (in the mount namespace of process ${found.pid})`;
    return new Trouble(
      "in-use",
      `${name} is used by the overlay mounted at ${found.mountpoint}${who}: unmount it first`,
    );
  }
  return lower.length === 0 ? null : findUnknown(uses, lower);
}

/** Why nobody can tell whether an overlay uses these lower layers; null where that can be told. */
export function whyUnknown(host: ApplyHost, lower: readonly string[]): Trouble | null {
  return findUnknown(scanUses(host.files, true), lower);
}

function findUnknown({ complete, unknown }: UseTable, lower: readonly string[]): Trouble | null {
  const layers = lower.join(", ");
  if (unknown.length > 0) {
    const where = unknown.join(", ");
    const message = `the overlay mounted at ${where} may use ${layers}, its layers cannot be told: unmount it first`;
    return new Trouble("in-use", message);
  }
  if (complete) return null;
  const why = "the mounts of some processes cannot be read";
  return new Trouble("in-use", `an overlay may use ${layers}, ${why}: run as root of the initial namespace`);
}
