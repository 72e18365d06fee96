/**
 * Origins: the handle of the lower object that an upper one was copied up from.
 * Reading, decoding and comparing them as the kernel does.
 */
import { decodeHandle, encodeHandle, type FileHandle, verifyFh } from "../format/fileHandle.js";
import type { Errno, RawObject } from "../host/native.js";
import { atLeast } from "../layers/facts.js";
import type { Layer } from "../layers/types.js";
import { EIO, ENODATA, type Env, EOPNOTSUPP, ESTALE, type Found, isDir, sameType } from "./env.js";
import type { LookupEvent } from "./events.js";
import { isWithin } from "./path.js";

const NULL_UUID = Buffer.alloc(16);

/** A handle as stored: the whole structure and its fields. */
export interface StoredHandle {
  readonly bytes: Buffer;
  readonly handle: FileHandle;
}

/**
 * ovl_get_fh(): the handle in an xattr. null is the kernel's "no handle": absent, zero length,
 * a newer version, a foreign byte order, and also bytes that are no handle (with a warning).
 */
export function getFh(raw: Buffer | Errno | undefined, events?: LookupEvent[]): StoredHandle | null {
  if (raw === undefined || raw === -ENODATA || raw === -EOPNOTSUPP) return null;
  if (typeof raw === "number") {
    events?.push({ kind: "origin-invalid", value: raw });
    return null;
  }
  const verdict = decodeHandle(raw);
  if (verdict.kind === "valid") return { bytes: raw, handle: verdict.handle };
  if (verdict.kind === "invalid") events?.push({ kind: "origin-invalid", value: raw });
  return null;
}

/** ovl_encode_real_fh(): the handle structure of a real object; null where the filesystem gives none. */
export function encodeFh(env: Env, layer: Layer, object: RawObject, upper: boolean): Buffer | null {
  if (typeof object.handle === "number") return null;
  return encodeHandle({
    type: object.handle.type,
    uuid: env.options.uuid === "off" ? NULL_UUID : layer.fs.uuid,
    fid: object.handle.bytes,
    upper,
  });
}

/** ovl_decode_real_fh(): what a handle leads to on one layer's filesystem. `null`: not from here, or gone. */
export function decodeRealFh(
  env: Env,
  handle: FileHandle,
  layer: Layer,
  connected: boolean,
): (Found & { readonly object: RawObject }) | null | Errno {
  const uuid = env.options.uuid === "off" ? NULL_UUID : layer.fs.uuid;
  if (!handle.uuid.equals(uuid)) return null;
  const object = env.view.decode(layer, handle.type, handle.fid);
  if (typeof object === "number") {
    // A lower object that is gone is "origin unknown"; an upper one is told apart, for stale index entries.
    if (object === -ESTALE) return handle.upper ? -ESTALE : null;
    return object;
  }
  // ovl_acceptable(): a directory has to be inside this layer, and still linked.
  if (connected && isDir(object) && !isInside(object.path)) return handle.upper ? -ESTALE : null;
  return { layer, path: object.path, object };
}

/** The host gives a directory's path relative to the layer; one outside of it, or deleted, has none. */
function isInside(path: Buffer): boolean {
  return !isWithin(path, Buffer.from("..")) && path[0] !== 0x2f;
}

/**
 * ovl_check_origin_fh(): the lower object behind an origin, searched in every
 * lower layer. -ESTALE: none of them has it, or what it has is of another type than `like` (-EIO before 5.15).
 */
export function checkOriginFh(
  env: Env,
  layers: readonly Layer[],
  handle: FileHandle,
  like: RawObject | null,
  connected: boolean,
  events?: LookupEvent[],
  fh: Buffer = Buffer.alloc(0),
): Found | Errno {
  for (const layer of layers) {
    // Without a UUID of its own a filesystem cannot be told from the others.
    if (layer.badUuid) continue;
    const found = decodeRealFh(env, handle, layer, connected);
    if (found === null) continue;
    if (typeof found === "number") return found;
    if (like !== null && !sameType(like, found.object)) {
      events?.push({ kind: "origin-wrong-type", fh, mode: found.object.mode });
      // For 5.10 it is an error, 5.15 takes it for an origin that is gone.
      return atLeast(env.kernel, 5, 15) ? -ESTALE : -EIO;
    }
    return found;
  }
  return -ESTALE;
}

/** ovl_verify_fh(): 0 where the stored handle is the expected one, -ENODATA where there is none, -ESTALE. */
export function verifyStoredFh(
  raw: Buffer | Errno | undefined,
  expected: Buffer,
  events?: LookupEvent[],
): 0 | Errno {
  const stored = getFh(raw, events);
  if (stored === null) return -ENODATA;
  return verifyFh(stored.bytes, expected) ? 0 : -ESTALE;
}
