/** The merged tree, one directory at a time. */
import type { DirStack, Env } from "../kernel/env.js";
import type { FoundObject, Lookup } from "../kernel/lookup.js";
import { join } from "../kernel/path.js";
import type { Layer } from "../layers/types.js";

/** A directory of the overlay that both views see alike. */
export interface MergedDir {
  /** From the overlay's root, without a leading slash. */
  readonly path: Buffer;
  readonly stack: DirStack;
  /** The number under which {@link Survey.dirs} keeps the path. */
  readonly id: number;
  /** The upper directory is marked `impure`. */
  readonly impure: boolean;
  /** It is a name of the plain view, and so are the names inside. */
  readonly counted: boolean;
  /** The kernel finds it by the handle of its topmost lower directory, too: {@link connects}. */
  readonly connects: boolean;
}

/**
 * connectDirectory() by induction, for a name that was looked up in `parent`: by the index entry, which the lookup has
 * compared with the upper directory; or by the parent, where the lower directory has the same name in the parent's own.
 */
export function connects(
  parent: Pick<MergedDir, "stack" | "connects">,
  name: Buffer,
  found: FoundObject,
): boolean {
  const lower = found.lower[0];
  if (!found.isDir || lower === undefined || lower.layer.badUuid) return false;
  if (found.indexed) return found.upper !== null;
  const above = parent.stack.lower[0];
  if (!parent.connects || above === undefined || above.layer !== lower.layer) return false;
  return join(above.path, name).equals(lower.path);
}

/** One overlay, mounted as required and mounted plainly. */
export interface Views {
  readonly required: Env;
  readonly plain: Env;
}

/** The topmost lower object that has the same name as an upper one. */
export interface Home {
  readonly layer: Layer;
  /** Where it is in its layer. */
  readonly path: Buffer;
  readonly mode: number;
  readonly ino: number;
  readonly nlink: number;
  /** Its handle structure; null where the filesystem gives none. */
  readonly fh: Buffer | null;
}

/** A name that has something to be said about. */
export interface NameObservation {
  readonly dir: MergedDir;
  readonly name: Buffer;
  readonly path: Buffer;
  /** The layer in which the name is found first, from the top. */
  readonly layer: Layer;
  readonly kind: "whiteout" | "directory" | "file";
  readonly ino: number;
  /** Overlay xattrs of that object. */
  readonly xattrs: ReadonlyMap<string, Buffer | number>;
  readonly xattrBits: number;
  /** st_ctime in nanoseconds, where the scan has told it; else 0. */
  readonly ctimeNs: bigint;
  readonly home: Home | null;
  /** Row of the index entry that its origin names; -1 for none. */
  readonly row: number;
  /** What both views make of the name; null where both show it plainly and nothing more was asked. */
  readonly lookups: { readonly required: Lookup; readonly plain: Lookup } | null;
}
