/**
 * ovl_lookup(), as a pure function: what a name of an overlay directory leads
 * to, or the errno, and everything that the kernel would warn about on the way.
 *
 * In the order of the kernel: the upper layer; then the lower ones from the
 * top while nothing stops the search; then the index. Follows 6.18, and earlier
 * kernels where env.kernel is one of them.
 */
import type { Errno, RawObject } from "../host/native.js";
import { atLeast } from "../layers/facts.js";
import {
  type DirStack,
  EINVAL,
  EIO,
  type Env,
  EPERM,
  ESTALE,
  type Found,
  type IndexHit,
  isReg,
  type LayerPath,
} from "./env.js";
import type { LookupEvent } from "./events.js";
import { lookupIndex } from "./index-lookup.js";
import { checkOriginFh, encodeFh, getFh, verifyStoredFh } from "./origin.js";
import { checkMetacopy, lookupLayer, readRedirect, type Search } from "./redirect-walk.js";

/** What a name leads to; `negative` is ENOENT to whoever asks, `errno` is positive. */
export type Lookup =
  | { readonly kind: "negative"; readonly events: readonly LookupEvent[]; readonly opaque: boolean }
  | { readonly kind: "error"; readonly errno: number; readonly events: readonly LookupEvent[] }
  | FoundObject;

/** A name that shows an object: struct ovl_entry, and what was decided on the way to it. */
export interface FoundObject {
  readonly kind: "found";
  readonly isDir: boolean;
  readonly upper: Found | null;
  /** Lower objects that take part, topmost first; for a file its origin. */
  readonly lower: readonly Found[];
  /** Handle structure of the topmost lower object: the name of its index entry, if it may have one. */
  readonly lowerFh: Buffer | null;
  /** The index entry in use. */
  readonly indexed: boolean;
  /** The redirect met on the upper object. */
  readonly redirect: Buffer | null;
  /** Where the search for lower objects led, if a redirect led it. */
  readonly redirected: Buffer | null;
  readonly opaque: boolean;
  readonly events: readonly LookupEvent[];
}

/** The real directories behind a directory that was found. */
export function stackOf(found: FoundObject): DirStack {
  return { upper: found.upper, lower: found.lower };
}

/** `parent`: the directories that the overlay directory is made of. `name`: one component, no slash in it. */
export function lookup(env: Env, parent: DirStack, name: Buffer): Lookup {
  const events: LookupEvent[] = [];
  const result = search(env, parent, name, events);
  return typeof result === "number" ? { kind: "error", errno: -result, events } : result;
}

function search(env: Env, parent: DirStack, name: Buffer, events: LookupEvent[]): Lookup | Errno {
  const { options, root } = env;
  // Redirects that are not followed count as well with data-only layers: since 6.16, as refuseToFollow().
  const checkRedirect = options.redirectFollow || (env.data.length > 0 && refusesFirst(env));
  let lowers = parent.lower;
  const d: Search = {
    name,
    isDir: false,
    opaque: false,
    stop: false,
    last: checkRedirect ? false : lowers.length === 0,
    redirect: null,
    upperRedirect: null,
    absoluteRedirect: false,
    metacopy: false,
    events,
  };

  let upper: Found | null = null;
  let originPath: { found: Found; fh: Buffer } | null = null;
  let upperMetacopy = false;
  if (parent.upper !== null) {
    const result = lookupLayer(env, parent.upper, d);
    if (typeof result === "number") return result;
    upper = result;
    if (upper !== null && !d.isDir) {
      const origin = checkOrigin(env, upper.object, events);
      if (typeof origin === "number") return origin;
      originPath = origin;
      upperMetacopy = d.metacopy;
    }
    if (d.redirect !== null) {
      d.upperRedirect = d.redirect;
      if (d.redirect[0] === 0x2f) lowers = root.lower;
    }
  }
  const upperOpaque = d.opaque;

  const stack: Found[] = [];
  let count = 0;
  let origin: { layer: Found["layer"]; object: RawObject } | null = null;
  for (let i = 0; !d.stop && i < lowers.length; i++) {
    const base = lowers[i] as LayerPath;
    const refused = refuseToFollow(env, d);
    if (refused !== 0) return refused;
    if (!checkRedirect) d.last = i === lowers.length - 1;
    else if (d.isDir || env.data.length === 0) d.last = base.layer.index === root.lower.length;
    const found = lookupLayer(env, base, d);
    if (typeof found === "number") return found;
    if (found === null) continue;
    const late = refuseMetacopyFound(env, d, upperMetacopy);
    if (late !== 0) return late;

    if (upper !== null && count === 0) {
      const verified = verifyLower(env, d, upper, found, originPath !== null);
      if (verified === "not-merged") break;
      if (typeof verified === "number") return verified;
      if (verified === "verified") origin = found;
    }
    // Of several metadata-only objects only the topmost is kept; the search goes on for the data.
    if (!(d.metacopy && count > 0)) {
      stack.push(found);
      count++;
    }
    const lateRedirect = refuseRedirectFound(env, d);
    if (lateRedirect !== 0) return lateRedirect;
    if (d.stop) break;
    if (d.redirect !== null && d.redirect[0] === 0x2f && lowers !== root.lower) {
      lowers = root.lower;
      i = base.layer.index - 1;
    }
  }

  if (d.metacopy && count > 0 && env.data.length > 0 && d.absoluteRedirect) {
    d.metacopy = false;
    count++;
    if (lowerData(env, d.name) === null) events.push({ kind: "metacopy-no-data" });
  } else {
    const refused = refuseToFollow(env, d);
    if (refused !== 0) return refused;
  }
  if (d.metacopy || (upperMetacopy && count === 0)) {
    events.push({ kind: "metacopy-no-data" });
    return -EIO;
  }
  if (!d.isDir && upper !== null && count === 0 && originPath !== null) {
    stack.push(originPath.found);
    count = 1;
    origin = originPath.found;
  }
  if (upper === null && count > 0) origin = stack[0] ?? null;

  let hit: IndexHit = { state: "absent" };
  let fh: Buffer | null = null;
  if (origin !== null && env.index !== null && (!d.isDir || options.nfsExport)) {
    fh = encodeFh(env, origin.layer, origin.object, false);
    if (fh === null) return -ESTALE;
    const answer = lookupIndex(env, fh, upper, origin.object, events);
    if (typeof answer === "number") return answer;
    hit = answer;
    if (upper === null && hit.state === "entry") {
      const entry = hit.object();
      if (typeof entry === "number") return entry;
      const refused = adoptIndexUpper(env, d, entry);
      if (refused !== 0) return refused;
    }
  }
  if (upper === null && count === 0) return { kind: "negative", events, opaque: upperOpaque };
  return {
    kind: "found",
    isDir: d.isDir,
    upper,
    lower: stack,
    lowerFh: fh ?? encodeTop(env, stack),
    indexed: hit.state === "entry",
    redirect: d.upperRedirect,
    redirected: d.redirect,
    opaque: upperOpaque,
    events,
  };
}

/**
 * ovl_lookup_data_layers(): the first regular file at this path in a data-only layer. The kernel
 * asks only when the data is wanted; the name itself is looked up without it.
 */
function lowerData(env: Env, redirect: Buffer): Found | null {
  const path = redirect.subarray(1);
  for (const layer of env.data) {
    const object = env.view.examine({ layer, path });
    if (typeof object !== "number" && isReg(object)) return { layer, path, object };
  }
  return null;
}

/** What holds the data of a regular file that was found: ovl_path_realdata(). Null where that is nothing any more. */
export function dataOf(env: Env, { upper, lower, redirected }: FoundObject): Found | null {
  const isWhole = ({ object }: Found): boolean => !object.xattrs.has("metacopy");
  if (upper !== null && isWhole(upper)) return upper;
  const lowest = lower.at(-1);
  if (lowest !== undefined && isWhole(lowest)) return lowest;
  return redirected === null ? null : lowerData(env, redirected);
}

function encodeTop(env: Env, stack: readonly Found[]): Buffer | null {
  const top = stack[0];
  return top === undefined ? null : encodeFh(env, top.layer, top.object, false);
}

/**
 * Is what may not be followed refused before anything is looked for below? Since 6.16, ovl_check_follow_redirect();
 * before, ovl_lookup() refused only once it had found something there.
 */
function refusesFirst(env: Env): boolean {
  return atLeast(env.kernel, 6, 16);
}

function refuseToFollow(env: Env, d: Search): 0 | Errno {
  if (!refusesFirst(env)) return 0;
  if (d.metacopy && !env.options.metacopy) {
    d.events.push({ kind: "metacopy-refused" });
    return -EPERM;
  }
  if ((d.redirect !== null || d.upperRedirect !== null) && !env.options.redirectFollow) {
    d.events.push({ kind: "redirect-refused" });
    return -EPERM;
  }
  return 0;
}

/** ovl_lookup() before 6.16, once a layer has the searched name: before that is verified. */
function refuseMetacopyFound(env: Env, d: Search, upperMetacopy: boolean): 0 | Errno {
  if (refusesFirst(env) || env.options.metacopy || !(upperMetacopy || d.metacopy)) return 0;
  d.events.push({ kind: "metacopy-refused" });
  return -EPERM;
}

/** The same, once it has been taken. */
function refuseRedirectFound(env: Env, d: Search): 0 | Errno {
  if (refusesFirst(env) || env.options.redirectFollow || d.redirect === null) return 0;
  d.events.push({ kind: "redirect-refused" });
  return -EPERM;
}

/** ovl_check_origin(): the lower object that an upper non-directory was copied up from; null: unknown or gone. */
function checkOrigin(
  env: Env,
  upper: RawObject,
  events: LookupEvent[],
): { found: Found; fh: Buffer } | null | Errno {
  const stored = getFh(upper.xattrs.get("origin"), events);
  if (stored === null) return null;
  const layers = env.root.lower.map((l) => l.layer);
  const found = checkOriginFh(env, layers, stored.handle, upper, false, events, stored.bytes);
  if (typeof found !== "number") return { found, fh: stored.bytes };
  if (found !== -ESTALE) return found;
  events.push({ kind: "origin-stale", fh: stored.bytes });
  return null;
}

/** The part of ovl_lookup() that compares the lower object found by path with the one that `origin` names. */
function verifyLower(
  env: Env,
  d: Search,
  upper: Found,
  found: Found,
  hasOriginPath: boolean,
): "verified" | "unverified" | "not-merged" | Errno {
  const expected = encodeFh(env, found.layer, found.object, false);
  let raw = upper.object.xattrs.get("origin");
  if (d.isDir && !env.options.noxattr && raw === undefined && expected !== null) {
    // ovl_fix_origin()
    d.events.push({ kind: "origin-set", fh: expected });
    raw = expected;
  }
  const verify = d.isDir ? env.options.nfsExport && env.options.index : env.options.index && hasOriginPath;
  if (!verify) return "unverified";
  const errno = expected === null ? -EINVAL : verifyStoredFh(raw, expected, d.events);
  if (errno === 0) return "verified";
  d.events.push({
    kind: "origin-unverified",
    at: found,
    expected: expected ?? Buffer.alloc(0),
    errno: -errno,
  });
  return d.isDir ? "not-merged" : errno;
}

/** A lower alias of an object that was copied up under another name: its upper object comes from the index. */
function adoptIndexUpper(env: Env, d: Search, entry: RawObject): 0 | Errno {
  const redirect = readRedirect(entry.xattrs.get("redirect"));
  if (typeof redirect === "number") return redirect;
  d.upperRedirect = redirect;
  const at = { layer: (env.root.upper as LayerPath).layer, path: Buffer.alloc(0) };
  const metacopy = checkMetacopy(env, at, entry, d);
  if (metacopy < 0) return metacopy;
  d.metacopy = metacopy > 0;
  return refuseToFollow(env, d);
}
