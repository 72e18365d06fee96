import type { Files } from "../host/files.js";
import type { Errno } from "../host/native.js";
import { type MountEntry, parseMountinfo } from "../mount/mountinfo.js";
import type { Location } from "./facts.js";

/** The mounts that one process sees. */
export interface MountTable {
  /** With which it could not be read, and is empty; else 0. */
  readonly errno: Errno;
  readonly byId: ReadonlyMap<number, MountEntry>;
}

export function mountTable(files: Pick<Files, "read">, pid: number | "self" = "self"): MountTable {
  const bytes = files.read(Buffer.from(`/proc/${pid}/mountinfo`));
  const entries = typeof bytes === "number" ? [] : parseMountinfo(bytes);
  return {
    errno: typeof bytes === "number" ? bytes : 0,
    byId: new Map(entries.map((entry) => [entry.id, entry])),
  };
}

/** A directory by path: its mount, and where it is in its filesystem. */
export interface Located {
  /** Symlinks resolved. */
  readonly path: Buffer;
  readonly mountId: number;
  readonly entry: MountEntry | undefined;
  readonly location: Location | null;
}

/** An errno where the path does not lead anywhere. `table`: of the mount namespace in which the path is read. */
export function locate(files: Pick<Files, "locate">, table: MountTable, path: Buffer): Located | Errno {
  const found = files.locate(path);
  if (typeof found === "number") return found;
  const entry = table.byId.get(found.mountId);
  const location = entry === undefined ? null : inFilesystem(entry, found.path);
  return { path: found.path, mountId: found.mountId, entry, location };
}

function inFilesystem(entry: MountEntry, path: Buffer): Location | null {
  const device = `${entry.major}:${entry.minor}`;
  const { mountPoint, root } = entry;
  const rest = below(mountPoint, path);
  if (rest === null) return null;
  const base = isSlash(root) ? Buffer.alloc(0) : root;
  const whole = Buffer.concat([base, rest]);
  return { device, path: whole.length === 0 ? Buffer.from("/") : whole };
}

/** What follows `top` in `path`: empty, or beginning with a slash; null where path is not below top. */
function below(top: Buffer, path: Buffer): Buffer | null {
  const prefix = isSlash(top) ? Buffer.alloc(0) : top;
  if (!path.subarray(0, prefix.length).equals(prefix)) return null;
  const rest = isSlash(path) ? Buffer.alloc(0) : path.subarray(prefix.length);
  return rest.length === 0 || rest[0] === 0x2f ? rest : null;
}

function isSlash(path: Buffer): boolean {
  return path.length === 1 && path[0] === 0x2f;
}
