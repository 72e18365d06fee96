/** What of the lower layers takes part in a directory, and what would without its redirect. */
import { layerName } from "../../checks/context.js";
import { decodeOpaque } from "../../format/opaque.js";
import type { RawObject } from "../../host/native.js";
import { type Found, isDir, isReg, isWhiteoutDevice } from "../../kernel/env.js";
import { join } from "../../kernel/path.js";
import type { Facts } from "../facts.js";
import { nameOf, type Place, parentOf } from "../place.js";
import { upperAt } from "./changes.js";

export { nameOf, parentOf };

export const placeOf = ({ layer, path }: Found): Place => ({ layer: layerName(layer), path });

export const sameObject = (a: Identity, b: Identity): boolean => a.dev === b.dev && a.ino === b.ino;
type Identity = Pick<RawObject, "dev" | "ino">;

/** The topmost lower directory that an upper one shows; null where it shows none. */
export function lowerShown(facts: Facts, path: Buffer): ShownLower | null {
  const shown = facts.plain(path);
  if (shown.kind !== "found" || !shown.isDir || shown.upper === null) return null;
  const lower = shown.lower[0];
  return lower === undefined ? null : { lower, fh: shown.lowerFh };
}

export interface ShownLower {
  readonly lower: Found;
  /** The name of its index entry; null where its filesystem gives no handles. */
  readonly fh: Buffer | null;
}

/** The same where it has a handle. */
export function mergedWith(
  facts: Facts,
  path: Buffer,
): { readonly lower: Found; readonly fh: Buffer } | null {
  const shown = lowerShown(facts, path);
  return shown === null || shown.fh === null ? null : { lower: shown.lower, fh: shown.fh };
}

/** What lower layers have under the object's own name in its parent: null for nothing, or a whiteout. */
export function lowerBeside(
  facts: Facts,
  path: Buffer,
): { readonly place: Place; readonly object: RawObject } | null {
  const parent = facts.plain(parentOf(path));
  if (parent.kind !== "found") return null;
  for (const dir of parent.lower) {
    const place = { layer: layerName(dir.layer), path: join(dir.path, nameOf(path)) };
    const object = facts.examine(place);
    if (object === null) continue;
    return isWhiteoutDevice(object) || isXattrWhiteout(object) ? null : { place, object };
  }
  return null;
}

/** A whiteout to kernels since 6.7, whichever it is that mounts the overlay; isWhiteout() asks for that one. */
export const isXattrWhiteout = (object: RawObject): boolean =>
  isReg(object) && object.size === 0 && object.xattrs.has("whiteout");

/** The upper object says that nothing of lower shows in it; false also where that cannot be read. */
export function isOpaqueUpper(facts: Facts, path: Buffer): boolean {
  const raw = facts.examine(upperAt(path))?.xattrs.get("opaque");
  return Buffer.isBuffer(raw) && decodeOpaque(raw) === "opaque";
}

/** A directory of this name in upper would be merged with a lower one, were it not for opaque or a redirect. */
export function wouldMerge(facts: Facts, path: Buffer): boolean {
  const beside = lowerBeside(facts, path);
  return beside !== null && isDir(beside.object);
}

/** The name shows a lower object without any upper one. */
export function showsLowerAlone(facts: Facts, path: Buffer, object: Identity): boolean {
  const shown = facts.plain(path);
  const top = shown.kind === "found" && shown.upper === null ? shown.lower[0] : undefined;
  return top !== undefined && sameObject(top.object, object);
}

/** A whiteout can be made there: the upper layer has the parent and nothing of that name. */
export function canCover(facts: Facts, path: Buffer): boolean {
  const parent = facts.examine(upperAt(parentOf(path)));
  return parent !== null && isDir(parent) && facts.examine(upperAt(path)) === null;
}

/** The handle of the lower object that an upper one was copied up from; null where it has none, or one of no length: "from where is unknown". */
export function originOf(facts: Facts, path: Buffer): Buffer | null {
  const raw = facts.examine(upperAt(path))?.xattrs.get("origin");
  return Buffer.isBuffer(raw) && raw.length > 0 ? raw : null;
}

export const hasRedirect = (facts: Facts, path: Buffer): boolean =>
  facts.examine(upperAt(path))?.xattrs.has("redirect") === true;

/**
 * The nearest directory, this one or above, that does not show the lower one that it was made of, or has a redirect that
 * leads nowhere: what takes part in it, and in all below, may be another thing once it is mended. Null where all is
 * well, or an opaque directory says that nothing of lower shall show.
 */
export function unsettled(facts: Facts, path: Buffer): Buffer | null {
  let waiting: Buffer | null = null;
  for (let dir = path; dir.length > 0; dir = parentOf(dir)) {
    if (isOpaqueUpper(facts, dir)) return null;
    const merged = lowerShown(facts, dir);
    const origin = originOf(facts, dir);
    const isOther = origin !== null && merged?.fh?.equals(origin) !== true && facts.decode(origin) !== null;
    if ((merged === null || isOther) && hasRedirect(facts, dir)) return dir;
    if (isOther) waiting ??= dir;
  }
  return waiting;
}
