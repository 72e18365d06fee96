/**
 * Which lower directory an upper one was made of, by what the disk says: its origin;
 * its index entry; at last the one lower directory of its name that has what its upper part stands upon.
 * A directory that somebody else shows, or that a redirect does not reach, is never the answer.
 */
import { decodeRedirect, encodeRedirect } from "../../format/redirect.js";
import type { RawObject } from "../../host/native.js";
import { isDir, isWhiteoutDevice } from "../../kernel/env.js";
import { join, splitPath } from "../../kernel/path.js";
import type { Facts } from "../facts.js";
import type { Place } from "../types.js";
import { describe, quoted, upperAt } from "./changes.js";
import { entriesOfDirectory } from "./entries-of-object.js";
import {
  canCover,
  lowerBeside,
  mergedWith,
  nameOf,
  originOf,
  placeOf,
  sameObject,
  showsLowerAlone,
} from "./lower-parts.js";
import { lowerTree } from "./lower-tree.js";

/** The lower directory that an upper one was made of, and how it is found again. */
export interface LowerDirectory {
  /** What leads there; null where the directory's own name does. */
  readonly redirect: Buffer | null;
  /** Its handle structure: the origin that belongs to it. */
  readonly fh: Buffer;
  readonly evidence: string;
}

export type Search = { readonly found: LowerDirectory } | NothingFound;

/** No lower directory can be said to be it. */
export interface NothingFound {
  readonly found: null;
  /** What was looked at, and why it is not the answer. */
  readonly refuted: string;
  /** Somebody else shows what its origin names. */
  readonly taken: boolean;
}

/** By its origin, else by its index entry, else by what is in it. `path`: of the upper directory. */
export function findLowerDirectory(facts: Facts, path: Buffer): Search {
  const refuted: string[] = [];
  let taken = false;
  for (const { fh, source } of handlesOf(facts, path)) {
    const lower = facts.decode(fh);
    if (lower === null) {
      refuted.push(`${source} leads to nothing any more`);
      continue;
    }
    if (lower.place === null || !isDir(lower.object)) {
      refuted.push(`${source} leads to no directory of a lower layer`);
      continue;
    }
    const claims = facts.claimants(fh).flatMap(({ paths }) => paths);
    const verdict = judge(facts, path, lower.place, lower.object, claims);
    if ("redirect" in verdict) {
      const evidence = `${source} leads to ${describe(lower.place)}`;
      return { found: { redirect: verdict.redirect, fh, evidence } };
    }
    taken ||= verdict.taken;
    refuted.push(`${source} leads to ${describe(lower.place)}, ${verdict.why}`);
  }
  if (refuted.length === 0) refuted.push("it has neither an origin nor an index entry");
  return byContent(facts, path, refuted, taken);
}

function handlesOf(facts: Facts, path: Buffer): { readonly fh: Buffer; readonly source: string }[] {
  const origin = originOf(facts, path);
  if (origin !== null) return [{ fh: origin, source: "its origin" }];
  return entriesOfDirectory(facts, path).map((fh) => ({ fh, source: "its index entry" }));
}

type Verdict = { readonly redirect: Buffer | null } | { readonly why: string; readonly taken: boolean };

/** Can this lower directory become the directory's own, and how? */
function judge(
  facts: Facts,
  path: Buffer,
  place: Place,
  object: RawObject,
  claims: readonly Buffer[],
): Verdict {
  for (const other of [...claims, place.path]) {
    if (other.equals(path) || isAnothers(facts, other, object)) continue;
    const merged = mergedWith(facts, other);
    if (merged !== null && sameObject(merged.lower.object, object)) {
      return { why: `which ${quoted(other)} shows`, taken: true };
    }
  }
  const beside = lowerBeside(facts, path);
  if (beside !== null && sameObject(beside.object, object)) return { redirect: null };
  const reached = facts.lowerAt(place.path);
  const top = reached.kind === "found" ? reached.lower[0] : undefined;
  if (place.path.length === 0 || top === undefined || !sameObject(top.object, object)) {
    return { why: "which no redirect reaches", taken: false };
  }
  if (showsLowerAlone(facts, place.path, object) && !canCover(facts, place.path)) {
    // A directory that was renamed in the overlay has left a copied-up parent behind.
    return { why: "which shows under its own name, in a directory that was never copied up", taken: true };
  }
  return { redirect: encodeRedirect(splitPath(place.path), true) };
}

/** It was made of another lower directory that still is: that it shows this one will be mended. */
function isAnothers(facts: Facts, path: Buffer, object: RawObject): boolean {
  const origin = originOf(facts, path);
  const own = origin === null ? null : facts.decode(origin);
  return own !== null && !sameObject(own.object, object);
}

/** Names in lower layers that the upper part was made for: what it covers, and what it was copied up from. */
function namesBelow(facts: Facts, path: Buffer): Buffer[] {
  return facts.list(upperAt(path)).filter((name) => {
    const child = facts.examine(upperAt(join(path, name)));
    return child !== null && (isWhiteoutDevice(child) || child.xattrs.has("origin"));
  });
}

function byContent(facts: Facts, path: Buffer, refuted: readonly string[], taken: boolean): Search {
  const needed = namesBelow(facts, path);
  const none = { found: null, refuted: refuted.join("; "), taken } as const;
  if (needed.length === 0) return none;
  const names = [nameOf(path), ...oldName(facts, path)];
  const fits: { readonly lower: Place; readonly fh: Buffer; readonly redirect: Buffer | null }[] = [];
  for (const { path: at, found } of lowerTree(facts)) {
    const top = found.lower[0];
    if (!found.isDir || top === undefined || !names.some((name) => name.equals(nameOf(at)))) continue;
    if (showsLowerAlone(facts, at, top.object)) continue;
    if (!needed.every((name) => facts.lowerAt(join(at, name)).kind === "found")) continue;
    const fh = facts.encode(placeOf(top));
    if (fh === null) continue;
    const claims = facts.claimants(fh).flatMap(({ paths }) => paths);
    // Whose origin it is it will be again, once that one is mended.
    if (claims.some((claim) => !claim.equals(path))) continue;
    const verdict = judge(facts, path, { ...placeOf(top), path: at }, top.object, claims);
    if ("redirect" in verdict) fits.push({ lower: placeOf(top), fh, redirect: verdict.redirect });
  }
  const [only, another] = fits;
  if (only === undefined) return none;
  if (another !== undefined) {
    return { ...none, refuted: `${none.refuted}; ${fits.length} lower directories have what it stands upon` };
  }
  const evidence = `${none.refuted}; of that name only ${describe(only.lower)} is shown by nobody and has all ${needed.length} names that it stands upon`;
  return { found: { redirect: only.redirect, fh: only.fh, evidence } };
}

function oldName(facts: Facts, path: Buffer): Buffer[] {
  const raw = facts.examine(upperAt(path))?.xattrs.get("redirect");
  const verdict = Buffer.isBuffer(raw) ? decodeRedirect(raw) : null;
  const last = verdict?.kind === "valid" ? verdict.segments.at(-1) : undefined;
  return last === undefined ? [] : [last];
}
