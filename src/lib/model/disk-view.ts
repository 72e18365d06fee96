/** The layers as they are on disk, as the kernel's rules want to see them. */
import { OVERLAY_XATTRS } from "../format/xattrNames.js";
import type { Errno, Native, RawObject } from "../host/native.js";
import { ESTALE, EXDEV, isDir, type LayerPath, type View } from "../kernel/env.js";
import type { Layer } from "../layers/types.js";

/** Both views of a name ask for the same objects, one right after the other. */
const CACHE_LIMIT = 2048;
/** Of xattrs, for one object: an origin, a redirect, and room to spare. */
const CACHED_BYTES = 8192;

export class DiskView implements View {
  readonly #native: Native;
  readonly #prefix: string;
  readonly #cache = new Map<string, RawObject | Errno>();

  constructor(native: Native, prefix: string) {
    this.#native = native;
    this.#prefix = prefix;
  }

  examine(at: LayerPath): RawObject | Errno {
    const key = `${at.layer.fd}/${at.path.toString("latin1")}`;
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const found = this.#native.examine(at.layer.fd, at.path, this.#prefix);
    const object = typeof found === "number" ? found : withErrors(found);
    if (this.#cache.size >= CACHE_LIMIT) this.#cache.clear();
    if (typeof object === "number" || isSmall(object)) this.#cache.set(key, object);
    return object;
  }

  decode(layer: Layer, type: number, fid: Buffer): (RawObject & { readonly path: Buffer }) | Errno {
    const found = this.#native.examineHandle(layer.fd, type, fid, this.#prefix);
    if (typeof found === "number") return found;
    const object = { ...withErrors(found), path: found.path };
    if (!isDir(found) || found.pathError === 0) return object;
    // Elsewhere on the filesystem, or removed: there, and in no layer.
    if (found.pathError === -EXDEV || found.pathError === -ESTALE) return { ...object, path: OUTSIDE };
    return found.pathError;
  }
}

/** The path of a directory that is not inside the layer it was decoded from. */
export const OUTSIDE = Buffer.from("..");

/** Where the list of xattrs cannot be read, no xattr can. */
function withErrors(object: RawObject): RawObject {
  if (object.xattrError === 0) return object;
  return { ...object, xattrs: new Map(OVERLAY_XATTRS.map((name) => [name, object.xattrError])) };
}

/** A hostile object may have megabytes of xattrs, and many names. */
function isSmall(object: RawObject): boolean {
  let bytes = 0;
  for (const value of object.xattrs.values()) bytes += typeof value === "number" ? 0 : value.length;
  return bytes <= CACHED_BYTES;
}
