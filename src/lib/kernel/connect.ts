/**
 * From a real directory to the overlay's: a handle names an inode, and only the names from the root down say which
 * overlay directory that is. ovl_lookup_real() and what it calls.
 */
import type { Errno, RawObject } from "../host/native.js";
import type { DecodeEvent } from "./decode-events.js";
import { type DirStack, EIO, ENOENT, type Env, ESTALE, type Found, isDir, type LayerPath } from "./env.js";
import { lookup, stackOf } from "./lookup.js";
import { encodeFh } from "./origin.js";
import { join } from "./path.js";

/** An overlay directory. */
export interface Connected {
  /** From the overlay's root. */
  readonly path: Buffer;
  readonly stack: DirStack;
}

type IndexUpper = (entry: RawObject) => Found | null | Errno;

/** `real`: a directory inside its layer. Names are looked up one by one, so that all of ovl_lookup()'s refusals count. */
export function connectDirectory(
  env: Env,
  real: LayerPath,
  indexUpper: IndexUpper,
  events: DecodeEvent[] = [],
): Connected | Errno {
  const from = nearestAncestor(env, real, indexUpper, events);
  if (typeof from === "number") return from;
  let { connected, at } = from;
  while (at.length < real.path.length) {
    const next = nextBelow(at, real.path);
    const name = next.subarray(at.length === 0 ? 0 : at.length + 1);
    // ovl_lookup_real_one()
    const result = lookup(env, connected.stack, name);
    const path = join(connected.path, name);
    const note = (outcome: "found" | "other" | Errno): void =>
      void events.push({ kind: "name", path, real: { layer: real.layer, path: next }, outcome });
    if (result.kind !== "found") {
      const errno = result.kind === "error" ? -result.errno : -ENOENT;
      note(errno);
      return errno;
    }
    const below = { path, stack: stackOf(result) };
    const isSame = isAt(below.stack, { layer: real.layer, path: next });
    note(isSame ? "found" : "other");
    if (!isSame) return -ESTALE;
    connected = below;
    at = next;
  }
  return connected;
}

/** ovl_lookup_real_ancestor(): the nearest directory, `real` itself included, that the index knows; else the root. */
function nearestAncestor(
  env: Env,
  real: LayerPath,
  indexUpper: IndexUpper,
  events: DecodeEvent[],
): { connected: Connected; at: Buffer } | Errno {
  for (let at = real.path; at.length > 0; at = parentOf(at)) {
    const known = byIndex(env, { layer: real.layer, path: at }, indexUpper);
    if (known === null) continue;
    const outcome = typeof known === "number" ? known : known.path;
    events.push({ kind: "ancestor", real: { layer: real.layer, path: at }, outcome });
    return typeof known === "number" ? known : { connected: known, at };
  }
  return { connected: { path: Buffer.alloc(0), stack: env.root }, at: Buffer.alloc(0) };
}

/** ovl_lookup_real_inode(), with nothing in the cache; null: the index does not know this directory. */
function byIndex(env: Env, real: LayerPath, indexUpper: IndexUpper): Connected | null | Errno {
  if (real.layer.index === 0 || env.index === null) return null;
  const object = env.view.examine(real);
  if (typeof object === "number") return object;
  const fh = encodeFh(env, real.layer, object, false);
  if (fh === null) return -ESTALE;
  // ovl_lookup_index() without verify
  const hit = env.index.find(fh);
  if (hit.state === "absent") return null;
  if (hit.state === "tombstone") return -ESTALE;
  const entry = hit.object();
  if (typeof entry === "number") return entry;
  if (!isDir(entry)) return -EIO;
  const upper = indexUpper(entry);
  if (upper === null || typeof upper === "number") return upper;
  const connected = connectDirectory(env, upper, indexUpper);
  if (typeof connected === "number") return connected;
  return isAt(connected.stack, real) ? connected : -EIO;
}

/** ovl_dentry_real_at(): is this real directory the one that the overlay's directory has in that layer? */
function isAt(stack: DirStack, real: LayerPath): boolean {
  const own =
    real.layer.index === 0 ? stack.upper : stack.lower.find(({ layer }) => layer.index === real.layer.index);
  return own?.path.equals(real.path) === true;
}

function parentOf(path: Buffer): Buffer {
  const slash = path.lastIndexOf(0x2f);
  return path.subarray(0, Math.max(slash, 0));
}

/** One name further down from `at` towards `path`. */
function nextBelow(at: Buffer, path: Buffer): Buffer {
  const start = at.length === 0 ? 0 : at.length + 1;
  const slash = path.indexOf(0x2f, start);
  return slash < 0 ? path : path.subarray(0, slash);
}
