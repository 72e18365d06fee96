/**
 * Tells, entry by entry, what is plainly as it should be from what has to be
 * looked at. Nearly all entries of an overlay that is well take one of the short ways out here.
 */
import { handleStatus } from "../format/fileHandle.js";
import { DT_CHR, DT_DIR, typeOfMode } from "../format/fileType.js";
import { decodeRedirect } from "../format/redirect.js";
import { type ScanReader, XATTR_BITS } from "../host/scan-reader.js";
import { isDir } from "../kernel/env.js";
import type { HandleMatcher } from "./home.js";
import type { MergedDir } from "./merged.js";
import type { Survey } from "./survey.js";

/** Xattrs of a non-directory that say nothing about where its name or data are. */
const PLAIN_FILE =
  XATTR_BITS.origin | XATTR_BITS.nlink | XATTR_BITS.protattr | XATTR_BITS.impure | XATTR_BITS.opaque;
const PLAIN_DIR = XATTR_BITS.origin | XATTR_BITS.impure | XATTR_BITS.protattr;

/** ScanReader.originRow */
const NOT_LOOKED_UP = -2;

/** What to do about one entry of the upper layer. */
export type Class =
  /** As it should be. A directory goes on into these lower directories. */
  | "well"
  | "well-merged"
  /** Renamed: its redirect leads to the lower directory that it came from, as its origin and index entry say too. */
  | "well-moved"
  | "pure-directory"
  /** Copied up with a good origin, and no index entry has to stand for it. */
  | "claimed"
  /** Copied up with a good origin, but not in the index. */
  | "not-indexed"
  | "whiteout"
  /** Stands where the lower layer has a hard link, and is no copy of it. */
  | "split"
  /** Has to be looked up as the kernel does. */
  | "examine";

/** `home`: the reader's current probe is the topmost lower object of the name (-1: there is none). */
export function classifyUpper(
  s: Survey,
  matcher: HandleMatcher,
  dir: MergedDir,
  r: ScanReader,
  home: number,
): Class {
  if (r.type === DT_CHR && r.rdev === 0) return "whiteout";
  return r.type === DT_DIR
    ? classifyDirectory(s, matcher, dir, r, home)
    : classifyFile(s, matcher, dir, r, home);
}

function classifyFile(s: Survey, matcher: HandleMatcher, dir: MergedDir, r: ScanReader, home: number): Class {
  const bits = r.xattrBits & 0x3ff;
  // Whatever its name leads to: the entry is this very inode, whose origin is the entry's name, and it has two names at least.
  const row = rowOf(s, r);
  const isEntry = row >= 0 && s.index?.type(row) === r.type && s.index.table.ino(row) === r.entryIno;
  if (isEntry) s.index?.prove(row);
  if ((bits & ~PLAIN_FILE) !== 0) return "examine";
  if ((bits & XATTR_BITS.origin) === 0) return home >= 0 && isSplit(s, r) ? "split" : "well";
  s.counts.copiedUp++;
  const place = home < 0 ? undefined : dir.stack.lower[home];
  if (place === undefined || !matcher.matches(r, home, place.layer)) return "examine";
  if (typeOfMode(r.probeMode) !== r.type) return "examine";
  // nlink counts only where the lower object has several names.
  if (r.probeNlink > 1 && s.index !== null) return "examine";
  if (s.index === null) return "claimed";
  // Without nfs_export only lower hard links are indexed.
  if (row < 0) return s.views.required.options.nfsExport || r.probeNlink > 1 ? "not-indexed" : "claimed";
  if (!isEntry) return "examine";
  s.index.claim(row, dir.id, r.entryIno);
  return "well";
}

function classifyDirectory(
  s: Survey,
  matcher: HandleMatcher,
  dir: MergedDir,
  r: ScanReader,
  home: number,
): Class {
  const bits = r.xattrBits & 0x3ff;
  // Whatever its name leads to: the entry's `upper` is this very directory, whose origin is the entry's name.
  const row = rowOf(s, r);
  const upper = dir.stack.upper;
  const isEntry =
    row >= 0 && s.index?.type(row) === DT_DIR && upper !== null && matcher.indexUpperMatches(r, upper.layer);
  if (isEntry) s.index?.prove(row);
  if (isEntry && (bits & ~PLAIN_DIR) === XATTR_BITS.redirect && isMoved(s, matcher, r)) return "well-moved";
  if ((bits & ~PLAIN_DIR) !== 0) return "examine";
  const hasOrigin = (bits & XATTR_BITS.origin) !== 0;
  if (home < 0) return hasOrigin || hasLowerWhiteout(dir, r) ? "examine" : "pure-directory";
  const place = dir.stack.lower[home];
  if (place === undefined || !isDir({ mode: r.probeMode }) || !matcher.matches(r, home, place.layer))
    return "examine";
  // What a middle layer's directory says about the layers below it is for the lookup to find out.
  if (place.layer.index !== s.views.plain.root.lower.length) return "examine";
  s.counts.copiedUp++;
  if (s.index === null || !s.views.required.options.nfsExport) return "claimed";
  if (row < 0) return "not-indexed";
  if (!isEntry) return "examine";
  s.index.claim(row, dir.id, r.entryIno);
  return "well-merged";
}

function isSplit(s: Survey, r: ScanReader): boolean {
  return s.index !== null && r.probeNlink > 1 && typeOfMode(r.probeMode) === r.type;
}

/** Moves the reader's probe to where the redirect leads. */
function isMoved(s: Survey, matcher: HandleMatcher, r: ScanReader): boolean {
  const bottom = s.views.plain.root.lower[0];
  if (bottom === undefined || r.target() !== 0 || !isDir({ mode: r.probeMode })) return false;
  const raw = r.xattr("redirect");
  const redirect = Buffer.isBuffer(raw) ? decodeRedirect(raw) : null;
  if (redirect?.kind !== "valid" || redirect.truncated || redirect.unusable) return false;
  return matcher.matchesTarget(r, bottom.layer);
}

/** A name that a lower layer has, if only to cover another one. */
function hasLowerWhiteout(dir: MergedDir, r: ScanReader): boolean {
  for (let k = 0; k < dir.stack.lower.length; k++) if (r.probe(k) === 0) return true;
  return false;
}

/** The index entry that the origin in the reader's entry names; -1: none, or it is no handle. */
export function rowOf(s: Survey, r: ScanReader): number {
  if (s.index === null) return -1;
  if (r.originRow !== NOT_LOOKED_UP) return r.originRow;
  if (handleStatus(r.bytes, r.originStart, r.originEnd) !== "valid") return -1;
  return s.index.table.find(r.bytes, r.originStart);
}
