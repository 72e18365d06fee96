/**
 * One layer's part of a lookup: a name, or an absolute path that a redirect
 * gave, is looked up in a single layer. ovl_lookup_layer(), ovl_lookup_single()
 */
import { decodeMetacopy, METACOPY_MIN_SIZE } from "../format/metacopy.js";
import { decodeOpaque } from "../format/opaque.js";
import { decodeRedirect } from "../format/redirect.js";
import type { Errno, RawObject } from "../host/native.js";
import { atLeast } from "../layers/facts.js";
import {
  EACCES,
  EINVAL,
  EIO,
  ELOOP,
  ENAMETOOLONG,
  ENODATA,
  ENOENT,
  type Env,
  EOPNOTSUPP,
  type Found,
  isDir,
  isReg,
  isWhiteout,
  type LayerPath,
} from "./env.js";
import type { LookupEvent } from "./events.js";
import { join, splitPath } from "./path.js";

const SLASH = 0x2f;

/** struct ovl_lookup_data: what one layer's result means for the next one's lookup. */
export interface Search {
  /** What to look for in the next layer: a name in the parent, or an absolute path. */
  name: Buffer;
  isDir: boolean;
  opaque: boolean;
  /** Nothing below this layer counts. */
  stop: boolean;
  /** The lowest layer: what it says about layers below itself is not read. */
  last: boolean;
  redirect: Buffer | null;
  upperRedirect: Buffer | null;
  absoluteRedirect: boolean;
  /** The object found last holds metadata only. */
  metacopy: boolean;
  readonly events: LookupEvent[];
}

/** What stands under the searched name in this layer: an object, nothing, or the errno that ends the lookup. */
export function lookupLayer(env: Env, base: LayerPath, d: Search): Found | null | Errno {
  if (d.name[0] !== SLASH) return lookupSingle(env, base, d, d.name, Buffer.alloc(0), Buffer.alloc(0));
  const parts = splitPath(d.name.subarray(1));
  let at: LayerPath = base;
  let found: Found | null = null;
  // `prefix` is what the layers below will have to walk instead of the part walked here.
  let prefix: Buffer = Buffer.from("/");
  for (let i = 0; i < parts.length; i++) {
    const rest = parts.slice(i + 1);
    const post =
      rest.length === 0 ? Buffer.alloc(0) : Buffer.concat(rest.flatMap((p) => [Buffer.from("/"), p]));
    const result = lookupSingle(env, at, d, parts[i] as Buffer, prefix, post);
    if (result === null || typeof result === "number") return result;
    found = result;
    at = result;
    if (rest.length === 0) break;
    if (!isDir(result.object)) return null;
    prefix = Buffer.concat([d.name.subarray(0, d.name.length - post.length), Buffer.from("/")]);
  }
  return found;
}

function lookupSingle(
  env: Env,
  base: LayerPath,
  d: Search,
  name: Buffer,
  prefix: Buffer,
  post: Buffer,
): Found | null | Errno {
  if (isUnusable(name)) return -EACCES;
  const at: LayerPath = { layer: base.layer, path: join(base.path, name) };
  const last = post.length === 0;
  const object = env.view.examine(at);
  if (typeof object === "number") return object === -ENOENT || object === -ENAMETOOLONG ? null : object;
  const stop = (reason: "whiteout" | "not-directory" | "not-regular"): null => {
    d.stop = true;
    if (reason === "whiteout") d.opaque = true;
    if (d.redirect !== null || !last) d.events.push({ kind: "redirect-stopped", at, reason, object });
    return null;
  };
  if (isWhiteout(object, env.kernel)) return stop("whiteout");
  if (last && d.metacopy && !isReg(object)) return stop("not-regular");
  if (!isDir(object)) {
    if (d.isDir || !last) return stop("not-directory");
    const metacopy = checkMetacopy(env, at, object, d);
    if (metacopy < 0) return metacopy;
    d.metacopy = metacopy > 0;
    d.stop = !d.metacopy;
    if (!d.metacopy || d.last) return { ...at, object };
  } else {
    if (env.traps.has(`${object.dev}:${object.ino}`)) {
      d.events.push({ kind: "trapped", at });
      return -ELOOP;
    }
    if (last) d.isDir = true;
    if (d.last) return { ...at, object };
    if (isOpaque(object)) {
      d.stop = true;
      if (last) d.opaque = true;
      else d.events.push({ kind: "redirect-stopped", at, reason: "opaque", object });
      return { ...at, object };
    }
  }
  const refused = followRedirect(at, object, d, prefix, post);
  return refused < 0 ? refused : { ...at, object };
}

/** ovl_check_metacopy_xattr(): size (before 6.6: 1) of the xattr, 0 where the file has its own data, or a negative errno. */
export function checkMetacopy(
  env: Env,
  at: LayerPath,
  object: RawObject,
  d: { readonly events: LookupEvent[] },
): number {
  const raw = isReg(object) ? object.xattrs.get("metacopy") : undefined;
  if (raw === undefined || raw === -ENODATA || raw === -EOPNOTSUPP) return 0;
  // With userxattr a file that may not be read does not tell; the kernel then takes it for whole.
  if (raw === -EACCES && env.options.userxattr) return 0;
  const refuse = (errno: number): number => {
    d.events.push({ kind: "metacopy-invalid", at, value: raw, errno });
    return -errno;
  };
  if (typeof raw === "number") return refuse(-raw);
  // The value has a meaning since 6.6 only ("ovl: Add versioned header for overlay.metacopy xattr").
  if (!atLeast(env.kernel, 6, 6)) return 1;
  const verdict = decodeMetacopy(raw);
  if (verdict.kind === "invalid" && verdict.when === "lookup") return refuse(EIO);
  return raw.length === 0 ? METACOPY_MIN_SIZE : raw.length;
}

/** ovl_check_redirect(): where the layers below have to look instead. */
function followRedirect(at: LayerPath, object: RawObject, d: Search, prefix: Buffer, post: Buffer): number {
  const redirect = readRedirect(object.xattrs.get("redirect"));
  if (redirect === null) return 0;
  if (typeof redirect === "number") {
    d.events.push({ kind: "redirect-invalid", at, value: object.xattrs.get("redirect") ?? redirect });
    return redirect;
  }
  const absolute = redirect[0] === SLASH;
  d.absoluteRedirect = absolute;
  // An opaque ancestor met on the way no longer counts: an absolute redirect starts again at the root.
  if (absolute) d.stop = false;
  d.redirect = Buffer.concat([...(absolute ? [] : [prefix]), redirect, post]);
  d.name = d.redirect;
  return 0;
}

/** ovl_get_redirect_xattr(): the redirect as the kernel goes on to use it, null for none, or a negative errno. */
export function readRedirect(raw: Buffer | Errno | undefined): Buffer | null | Errno {
  if (raw === undefined || raw === -ENODATA || raw === -EOPNOTSUPP) return null;
  if (typeof raw === "number") return raw;
  const verdict = decodeRedirect(raw);
  if (verdict.kind === "invalid") return -EINVAL;
  if (!verdict.absolute) return verdict.segments[0] ?? Buffer.alloc(0);
  return Buffer.concat(verdict.segments.flatMap((segment) => [Buffer.from("/"), segment]));
}

function isOpaque(object: RawObject): boolean {
  const raw = object.xattrs.get("opaque");
  return Buffer.isBuffer(raw) && decodeOpaque(raw) === "opaque";
}

/** lookup_one_len() refuses the names that no directory can hold. */
function isUnusable(name: Buffer): boolean {
  return name.length <= 2 && name.every((byte) => byte === 0x2e);
}
