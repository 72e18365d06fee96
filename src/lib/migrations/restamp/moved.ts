/** Do layers stand where they stood when handles were stored? Told by the handles themselves. */
import { decodeHandle, verifyFh } from "../../format/fileHandle.js";
import { DT_REG } from "../../format/fileType.js";
import { decodeIndexName } from "../../format/indexName.js";
import { isDir, isWhiteoutDevice } from "../../kernel/env.js";
import type { Facts } from "../../plan/facts.js";
import { entryPlace } from "../../plan/planners/directory-entries.js";
import { INDEX, UPPER_ROOT } from "../../plan/planners/index-directory.js";
import { lowerTies, mayBelong, topRoot } from "../../plan/planners/layer-evidence.js";
import { mergedWith } from "../../plan/planners/lower-parts.js";
import type { Past } from "../types.js";

export interface Moved {
  /** Handles of lower objects may be void. */
  readonly lower: boolean;
  /** Handles of upper directories are. */
  readonly upper: boolean;
  readonly because: string;
}

const bySession = new WeakMap<Facts, Moved | { readonly nothing: true }>();

/** Null where all is in its place, or what is not is no matter of copied layers. */
export function findMoved(past: Past): Moved | null {
  const known = bySession.get(past.facts) ?? find(past) ?? { nothing: true };
  bySession.set(past.facts, known);
  return "nothing" in known ? null : known;
}

function find(past: Past): Moved | null {
  const { result, facts } = past;
  const has = (code: string): boolean => result.findings.some((found) => found.code === code);
  // An option says which: that is another migration.
  if (has("uuid-mode-changed")) return null;
  const upper = isAnother(facts, INDEX, "upper", facts.encode(UPPER_ROOT));
  const root = isAnother(facts, UPPER_ROOT, "origin", facts.encode(topRoot(facts)));
  if (root && isOrderWrong(facts)) return null;
  if (upper && !isOwnIndex(facts)) return null;
  const reasons = [
    ...(root ? ["the top lower layer is not the one that upper was made on"] : []),
    ...(upper ? ["upper is not the one that the index was made for"] : []),
  ];
  const hasStale = has("origin-stale") || has("merge-origin-mismatch") || has("metacopy-origin-mismatch");
  const stale = !root && hasStale ? staleOrigins(past) : null;
  if (stale !== null) reasons.push(stale);
  if (reasons.length === 0) return null;
  return { lower: root || stale !== null, upper, because: reasons.join("; ") };
}

/** The lower layers themselves are all there, one of the others was the topmost. */
function isOrderWrong(facts: Facts): boolean {
  const raw = facts.examine(UPPER_ROOT)?.xattrs.get("origin");
  const stored = Buffer.isBuffer(raw) ? (facts.decode(raw)?.place ?? null) : null;
  return stored !== null && stored.path.length === 0 && stored.layer !== topRoot(facts).layer;
}

/**
 * An index of another upper layer was not moved with this one: that is for a person to find out. A file of one link
 * says nothing: it may be all that there is of it, or torn off.
 */
function isOwnIndex(facts: Facts): boolean {
  let [own, others] = [0, 0];
  for (const { name, ino, type } of facts.entries(INDEX)) {
    const verdict = decodeIndexName(name);
    if (verdict.kind !== "valid") continue;
    if (isLinked(facts, ino, type)) {
      own++;
      continue;
    }
    const entry = facts.examine(entryPlace(verdict.bytes));
    if (entry === null || isWhiteoutDevice(entry)) continue;
    if (!isDir(entry) && entry.nlink < 2) continue;
    const isOwn = isDir(entry)
      ? facts.claimants(verdict.bytes).some(({ isDir: is }) => is)
      : facts.upperNames(entry.ino).length > 0;
    if (isOwn) own++;
    else others++;
  }
  return own >= others;
}

/** A file that has a name in upper, too: most are, and are not looked at. A whiteout's inode may be shared by any place. */
function isLinked(facts: Facts, ino: number, type: number): boolean {
  return type === DT_REG && facts.upperNames(ino).length > 0;
}

/** How many entries are torn off. */
export function tornEntries(facts: Facts): number {
  return facts.entries(INDEX).filter(({ name, ino, type }) => {
    if (isLinked(facts, ino, type)) return false;
    const verdict = decodeIndexName(name);
    return verdict.kind === "valid" && isTorn(facts, verdict.bytes);
  }).length;
}

/** The entry of this handle is a file of one link, though an upper file has the origin: a copy of the two made two files. */
export function isTorn(facts: Facts, fh: Buffer): boolean {
  const entry = facts.examine(entryPlace(fh));
  if (entry === null || isDir(entry) || isWhiteoutDevice(entry) || entry.nlink > 1) return false;
  return facts.claimants(fh).some(({ isDir: is }) => !is);
}

function isAnother(facts: Facts, at: typeof INDEX, name: string, expected: Buffer | null): boolean {
  const raw = facts.examine(at)?.xattrs.get(name);
  if (!Buffer.isBuffer(raw) || expected === null || decodeHandle(raw).kind !== "valid") return false;
  return !verifyFh(raw, expected);
}

/** What is left to tell where the roots' marks are gone, or were set anew: the objects. */
function staleOrigins({ facts, result, old }: Past): string | null {
  const merged = result.findings.filter(({ code, path }) => {
    if (code !== "merge-origin-mismatch" || path === null) return false;
    const raw = facts.examine({ layer: "upper", path })?.xattrs.get("origin");
    const isVoid = Buffer.isBuffer(raw) && raw.length > 0 && facts.decode(raw) === null;
    return isVoid && mergedWith(facts, path) !== null;
  });
  if (merged.length > 0)
    return `${merged.length} directories came from lower ones that are gone, and have others by their path`;
  const ties = lowerTies(facts);
  const stale = result.findings.filter(({ code }) => code === "origin-stale").length;
  if (ties.for === 0 && stale > 0)
    return `${stale} objects came from lower ones that are gone, and no other object did`;
  if (!mayBelong(ties))
    return `${ties.against} objects came from lower ones that are gone, ${ties.for} did not`;
  if (old === null) return null;
  let count = 0;
  for (const [fh] of facts.origins()) {
    if (fh.length > 0 && facts.decode(fh) === null && old.decode(fh).length > 0) count++;
  }
  return count > 0 ? `${count} origins lead to the old lower layers only` : null;
}
