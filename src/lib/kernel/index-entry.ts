/**
 * ovl_verify_index(), as a pure function: what the mount does with one entry
 * of the index directory, and why. The action itself is ovl_indexdir_cleanup()'s.
 */
import type { IndexNameVerdict } from "../format/indexName.js";
import { decodeNlink, overlayNlink } from "../format/nlink.js";
import type { Errno, RawObject } from "../host/native.js";
import { atLeast } from "../layers/facts.js";
import {
  EINVAL,
  EIO,
  ENODATA,
  ENOTEMPTY,
  type Env,
  ESTALE,
  type Found,
  isDir,
  isWhiteoutDevice,
  type LayerPath,
} from "./env.js";
import { checkOriginFh, decodeRealFh, getFh, verifyStoredFh } from "./origin.js";

/** Why an entry is not simply kept. */
export type EntryFault =
  | { readonly kind: "name-invalid"; readonly reason: string }
  | { readonly kind: "name-unknown"; readonly reason: string }
  | { readonly kind: "upper-missing"; readonly raw: Buffer | Errno | undefined }
  | { readonly kind: "upper-stale"; readonly raw: Buffer }
  | { readonly kind: "upper-not-directory"; readonly raw: Buffer; readonly mode: number }
  | { readonly kind: "origin-mismatch"; readonly raw: Buffer; readonly upper: RawObject }
  | { readonly kind: "origin-missing"; readonly raw: Buffer | Errno | undefined; readonly upper: RawObject }
  | { readonly kind: "origin-stale"; readonly wrongType: boolean }
  | { readonly kind: "orphan"; readonly nlink: Buffer | null }
  /** A temporary of the kernel's that the mount cannot sweep away. */
  | { readonly kind: "temporary-stuck" }
  | { readonly kind: "unreadable"; readonly errno: number };

/** What becomes of the entry when the overlay is mounted. `errno` is positive. */
export type EntryVerdict =
  | { readonly action: "keep"; readonly fault: null }
  /** Unlinked, or a directory removed: a handle that needed it finds the lower object again. */
  | { readonly action: "remove"; readonly fault: EntryFault }
  /** Replaced by a whiteout with nfs_export=on, else removed. */
  | { readonly action: "tombstone" | "remove"; readonly fault: EntryFault }
  /** The mount ends here with this errno; entries before this one have been dealt with. */
  | { readonly action: "refuse"; readonly errno: number; readonly fault: EntryFault };

const KEEP: EntryVerdict = { action: "keep", fault: null };

/** `name`: the entry's, decoded. `entry`: the object of that name, or the negative errno of looking at it. */
export function verifyIndexEntry(env: Env, name: IndexNameVerdict, entry: RawObject | Errno): EntryVerdict {
  if (name.kind === "invalid") return refuse(EINVAL, { kind: "name-invalid", reason: name.reason });
  if (name.kind === "unknown") return refuse(ENODATA, { kind: "name-unknown", reason: name.reason });
  if (typeof entry === "number") return refuse(-entry, { kind: "unreadable", errno: -entry });
  if (isWhiteoutDevice(entry)) return KEEP;
  if (isDir(entry) && !env.options.nfsExport) return KEEP;

  const upper = isDir(entry) ? indexUpper(env, entry) : { object: entry };
  if ("action" in upper) return upper;

  // The name is compared by its own length field: what follows it in the name is not looked at.
  const raw = upper.object.xattrs.get("origin");
  const origin = verifyStoredFh(raw, name.bytes);
  if (origin === -ENODATA) return refuse(ENODATA, { kind: "origin-missing", raw, upper: upper.object });
  if (origin !== 0) {
    return { action: "remove", fault: { kind: "origin-mismatch", raw: raw as Buffer, upper: upper.object } };
  }
  if (isDir(entry) || entry.nlink !== 1) return KEEP;

  // The entry is the last name of its inode.
  const lower = checkOriginFh(
    env,
    env.root.lower.map((l) => l.layer),
    name.handle,
    entry,
    false,
  );
  if (typeof lower === "number") {
    if (lower !== -ESTALE) return refuse(-lower, { kind: "unreadable", errno: -lower });
    return { action: "remove", fault: { kind: "origin-stale", wrongType: decodes(env, name) } };
  }
  if (namesOfIndexed(env, lower.object, entry) !== 0) return KEEP;
  const nlink = entry.xattrs.get("nlink");
  return orphan(env, { kind: "orphan", nlink: Buffer.isBuffer(nlink) ? nlink : null });
}

/** ovl_index_upper(): the upper directory that a directory's entry stands for, or what the mount does without one. */
function indexUpper(env: Env, entry: RawObject): Found | EntryVerdict {
  const raw = entry.xattrs.get("upper");
  const stored = getFh(raw);
  if (stored === null) return { action: "remove", fault: { kind: "upper-missing", raw } };
  const layer = (env.root.upper as LayerPath).layer;
  // Wherever it is on the upper filesystem. Before 6.2 ("ovl: do not reconnect upper index records in
  // ovl_indexdir_cleanup()") ovl_acceptable() wanted it inside the upper layer.
  const upper = decodeRealFh(env, stored.handle, layer, !atLeast(env.kernel, 6, 2));
  if (upper === null || upper === -ESTALE) {
    return orphan(env, { kind: "upper-stale", raw: stored.bytes });
  }
  if (typeof upper === "number") return refuse(-upper, { kind: "unreadable", errno: -upper });
  if (isDir(upper.object)) return upper;
  return refuse(EIO, { kind: "upper-not-directory", raw: stored.bytes, mode: upper.object.mode });
}

/**
 * ovl_get_nlink(): the overlay's link count of an indexed object; `fallback`
 * where the lower object has one name only, or the xattr says nothing usable.
 */
export function getNlink(lower: RawObject, upper: RawObject, fallback: number): number {
  return lower.nlink === 1 ? fallback : storedNlink(lower, upper, fallback);
}

function storedNlink(lower: RawObject, upper: RawObject, fallback: number): number {
  const raw = upper.xattrs.get("nlink");
  if (!Buffer.isBuffer(raw)) return fallback;
  return overlayNlink(decodeNlink(raw), upper.nlink, lower.nlink) ?? fallback;
}

/**
 * How many names an entry's object has in the overlay, for ovl_verify_index(). The stable release 6.12.117 [tried] asks the
 * xattr however many names the lower object has: a copy that only its handle led to is no orphan there. 6.17 and 7.2 do not.
 */
export function namesOfIndexed({ kernel }: Pick<Env, "kernel">, lower: RawObject, entry: RawObject): number {
  const asksXattr = kernel.major === 6 && kernel.minor === 12 && (kernel.patch ?? 0) >= 117;
  return asksXattr ? storedNlink(lower, entry, 0) : getNlink(lower, entry, 0);
}

/**
 * Does an rmdir(2) that fails end the mount? Before 6.17 ovl_cleanup() gave its error to ovl_indexdir_cleanup(),
 * and that to mount(2); since ("ovl: narrow locking in ovl_indexdir_cleanup()") it is only logged.
 */
export function failsOnNotEmpty(env: Env): boolean {
  return !atLeast(env.kernel, 6, 17);
}

/** The verdict on an entry that would be removed, were it not a directory with something in it. */
export function notEmpty(env: Env, verdict: EntryVerdict): EntryVerdict {
  if (verdict.action !== "remove" || !failsOnNotEmpty(env)) return verdict;
  return refuse(ENOTEMPTY, verdict.fault);
}

/** The verdict on a temporary that holds a directory which is not empty: ovl_workdir_cleanup() goes no deeper. */
export const STUCK_TEMPORARY: EntryVerdict = refuse(ENOTEMPTY, { kind: "temporary-stuck" });

function decodes(env: Env, name: IndexNameVerdict & { kind: "valid" }): boolean {
  const layers = env.root.lower.map((l) => l.layer);
  return typeof checkOriginFh(env, layers, name.handle, null, false) !== "number";
}

function orphan(env: Env, fault: EntryFault): EntryVerdict {
  return { action: env.options.nfsExport ? "tombstone" : "remove", fault };
}

function refuse(errno: number, fault: EntryFault): EntryVerdict {
  return { action: "refuse", errno, fault };
}
