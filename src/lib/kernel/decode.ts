/**
 * What a client's handle leads to: ovl_fh_to_dentry() as a pure function, on a mount on which nothing has been
 * looked up yet. (What is in the kernel's caches is found there first, and is never less right.)
 *
 * A non-directory is found without a name: which object it is can be told, where it is called what
 * cannot. A directory is connected: looked up name by name from the overlay's root, or from the nearest directory above
 * that the index knows.
 */
import type { FileHandle } from "../format/fileHandle.js";
import { decodeWire } from "../format/wireHandle.js";
import type { Errno, RawObject } from "../host/native.js";
import { connectDirectory } from "./connect.js";
import type { DecodeEvent } from "./decode-events.js";
import { type DirStack, type Env, ESTALE, type Found, isDir, type LayerPath } from "./env.js";
import { checkOriginFh, decodeRealFh, encodeFh, getFh, verifyStoredFh } from "./origin.js";

/** Why a handle leads nowhere. To a client all of it is ESTALE. */
export type StaleReason =
  /** Not a handle of an overlay, or one that this kernel does not know. */
  | "not-a-handle"
  | "not-exported"
  | "no-upper"
  /** The real object is gone, or on a filesystem that is not this overlay's. */
  | "object-gone"
  | "tombstone"
  /** A directory that is on the right filesystem, but in no layer. */
  | "outside-layers"
  /** The entry's `upper` leads nowhere. */
  | "entry-stale"
  /** The entry's object has another origin. */
  | "entry-origin-mismatch"
  /** No way of names leads to the directory. */
  | "not-connected";

export type Decoded =
  | { readonly kind: "stale"; readonly because: StaleReason; readonly errno: number }
  | {
      readonly kind: "found";
      /** Which way: by its own handle, by the lower object's index entry, or to the lower object itself. */
      readonly via: "upper" | "index" | "lower";
      /** The object that is read and, where it is an upper one, written. */
      readonly real: Found;
      /** Of a directory: where it is in the overlay, and what it is made of. Null for anything else. */
      readonly directory: { readonly path: Buffer; readonly stack: DirStack } | null;
    };

/**
 * `type` and `bytes`: as name_to_handle_at(2) on the overlay gave them, which a file server passes on. `events` gets what
 * was found out on the way.
 */
export function decodeClientHandle(
  env: Env,
  type: number,
  bytes: Buffer,
  events: DecodeEvent[] = [],
): Decoded {
  if (!env.options.nfsExport) return stale("not-exported");
  const wire = decodeWire(type, bytes);
  if (wire.kind !== "valid") return stale("not-a-handle");
  return decodeHandleStructure(env, wire.structure, wire.inner.handle, events);
}

/** The same for a handle structure. `fh`: its bytes, `handle`: its fields. ovl_fh_to_dentry() */
export function decodeHandleStructure(
  env: Env,
  fh: Buffer,
  handle: FileHandle,
  events: DecodeEvent[] = [],
): Decoded {
  return handle.upper ? upperFhToDentry(env, handle, events) : lowerFhToDentry(env, fh, handle, events);
}

/** ovl_upper_fh_to_d() */
function upperFhToDentry(env: Env, handle: FileHandle, events: DecodeEvent[]): Decoded {
  if (env.root.upper === null) return stale("no-upper");
  const upper = decodeRealFh(env, handle, env.root.upper.layer, true);
  events.push({ kind: "upper", found: upper });
  if (upper === null || typeof upper === "number") return stale("object-gone", upper);
  return isDir(upper.object) ? directory(env, upper, "upper", events) : found(upper, "upper");
}

/** ovl_lower_fh_to_d() */
function lowerFhToDentry(env: Env, fh: Buffer, handle: FileHandle, events: DecodeEvent[]): Decoded {
  const layers = env.root.lower.map((lower) => lower.layer);
  const origin = checkOriginFh(env, layers, handle, null, false);
  events.push({ kind: "origin", found: origin });
  if (typeof origin === "number") return stale("object-gone", origin);

  // ovl_get_index_fh(): the name is made of the client's bytes, as many as their length field says.
  const name = fh.subarray(0, handle.length);
  const hit = env.index?.find(name) ?? { state: "absent" };
  if (env.index !== null) events.push({ kind: "index", name, hit });
  if (hit.state === "tombstone") return stale("tombstone");
  const entry = hit.state === "entry" ? hit.object() : null;
  if (typeof entry === "number") return stale("entry-stale", entry);
  if (entry !== null && isDir(entry)) {
    const upper = indexUpper(env, entry);
    events.push({ kind: "index-upper", found: upper });
    if (upper === null || typeof upper === "number") return stale("entry-stale", upper);
    return directory(env, upper, "index", events);
  }

  let lower = origin;
  if (isDir(origin.object)) {
    const inside = checkOriginFh(env, layers, handle, null, true);
    events.push({ kind: "inside", found: inside });
    if (typeof inside === "number") return stale("outside-layers", inside);
    lower = inside;
  }
  if (entry !== null) {
    const expected = encodeFh(env, lower.layer, lower.object, false);
    const errno = expected === null ? -ESTALE : verifyStoredFh(entry.xattrs.get("origin"), expected);
    events.push({ kind: "index-origin", stored: entry.xattrs.get("origin"), errno });
    if (errno !== 0) return stale("entry-origin-mismatch", errno);
    // Its names are somewhere in upper; the entry is one of them.
    return found({ ...upperRoot(env), object: entry }, "index");
  }
  if (!isDir(lower.object)) return found(lower, "lower");
  // Tried on 6.18: without an upper layer the root's own handle leads nowhere, those of all other directories do.
  if (env.root.upper === null && lower.path.length === 0) {
    events.push({ kind: "lower-root" });
    return stale("not-connected");
  }
  return directory(env, lower, "lower", events);
}

/** ovl_index_upper(), with a place: the directory of the upper layer that an entry stands for. */
export function indexUpper(env: Env, entry: RawObject): Found | null | Errno {
  const stored = getFh(entry.xattrs.get("upper"));
  if (stored === null) return null;
  const upper = decodeRealFh(env, stored.handle, upperRoot(env).layer, true);
  if (upper === null || typeof upper === "number") return upper;
  return isDir(upper.object) ? upper : null;
}

/** ovl_get_dentry() for a directory. */
function directory(env: Env, real: Found, via: "upper" | "index" | "lower", events: DecodeEvent[]): Decoded {
  const connected = connectDirectory(env, real, (entry) => indexUpper(env, entry), events);
  if (typeof connected === "number") return stale("not-connected", connected);
  return { kind: "found", via, real, directory: connected };
}

/** ovl_obtain_alias() */
function found(real: Found, via: "upper" | "index" | "lower"): Decoded {
  return { kind: "found", via, real, directory: null };
}

function upperRoot(env: Env): LayerPath {
  return env.root.upper as LayerPath;
}

function stale(because: StaleReason, errno: Errno | null = null): Decoded {
  return { kind: "stale", because, errno: errno === null ? ESTALE : -errno };
}
