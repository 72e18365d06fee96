/** The layers as they are on disk, as the kernel's rules want to see them. */
import { OVERLAY_XATTRS } from "../format/xattrNames.js";
import type { Errno, Native, RawObject } from "../host/native.js";
import { ENOENT, isDir, type LayerPath, type View } from "../kernel/env.js";
import type { Layer } from "../layers/types.js";

/** Both views of a name ask for the same objects, one right after the other. */
const CACHE_LIMIT = 2048;

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
    const object = withErrors(this.#native.examine(at.layer.fd, at.path, this.#prefix));
    if (this.#cache.size >= CACHE_LIMIT) this.#cache.clear();
    this.#cache.set(key, object);
    return object;
  }

  decode(layer: Layer, type: number, fid: Buffer): (RawObject & { readonly path: Buffer }) | Errno {
    const found = this.#native.examineHandle(layer.fd, type, fid, this.#prefix);
    if (typeof found === "number" || !isDir(found)) return found;
    // /proc/self/fd names a directory from the root of its mount; only a look
    // tells whether that is a place inside this layer.
    for (const path of candidates(layer, found.path)) {
      const there = this.#native.examine(layer.fd, path, this.#prefix);
      if (typeof there !== "number" && there.ino === found.ino && there.dev === found.dev)
        return { ...found, path };
    }
    return { ...found, path: OUTSIDE };
  }
}

/** The path of a directory that is not inside the layer it was decoded from. */
export const OUTSIDE = Buffer.from("..");

/** Where the list of xattrs cannot be read, no xattr can. */
function withErrors(object: RawObject | Errno): RawObject | Errno {
  if (typeof object === "number" || object.xattrError === 0) return object;
  return { ...object, xattrs: new Map(OVERLAY_XATTRS.map((name) => [name, object.xattrError])) };
}

function candidates(layer: Layer, path: Buffer): Buffer[] {
  const bare = path[0] === 0x2f ? path.subarray(1) : path;
  const found = [bare];
  // Where the layer is no mount of its own the path starts at the root of the process.
  const prefix = layer.path;
  if (path.length > prefix.length && path.subarray(0, prefix.length).equals(prefix)) {
    found.push(path.subarray(prefix.length + 1));
  } else if (path.equals(prefix)) {
    found.push(Buffer.alloc(0));
  }
  return found;
}

export const isMissing = (result: RawObject | Errno): boolean => result === -ENOENT;
