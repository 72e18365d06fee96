/** Index entries of directories, from the directory's side. */
import { decodeIndexName, encodeIndexName } from "../../format/indexName.js";
import { isDir } from "../../kernel/env.js";
import type { Facts } from "../facts.js";
import type { Place, Step } from "../types.js";
import { keep } from "./changes.js";

export const entryPlace = (fh: Buffer): Place => ({
  layer: "work",
  path: Buffer.concat([Buffer.from("index/"), encodeIndexName(fh)]),
});

/** The upper directory that the entry of this lower one points at; null where there is none. */
export function entryUpper(facts: Facts, fh: Buffer): Buffer | null {
  const upper = facts.examine(entryPlace(fh))?.xattrs.get("upper");
  return Buffer.isBuffer(upper) ? facts.decodeUpper(upper) : null;
}

/** Move the lower directory's entry aside, if it points at this upper one. */
export function keepOwnEntry(facts: Facts, fh: Buffer, path: Buffer): Step[] {
  return entryUpper(facts, fh)?.equals(path) === true ? keep(facts, entryPlace(fh)) : [];
}

const bySession = new WeakMap<Facts, ReadonlyMap<string, readonly Buffer[]>>();

/**
 * Handle structures of the lower directories whose entries point at this upper one. The index is read
 * through when it is first asked for: only a directory that has lost its origin needs it.
 */
export function entriesOf(facts: Facts, path: Buffer): readonly Buffer[] {
  const own = facts.encode({ layer: "upper", path });
  if (own === null) return [];
  const known = bySession.get(facts) ?? readEntries(facts);
  bySession.set(facts, known);
  return known.get(own.toString("latin1")) ?? [];
}

function readEntries(facts: Facts): ReadonlyMap<string, readonly Buffer[]> {
  const entries = new Map<string, Buffer[]>();
  for (const name of facts.list({ layer: "work", path: Buffer.from("index") })) {
    const verdict = decodeIndexName(name);
    if (verdict.kind !== "valid" || !verdict.canonical) continue;
    const object = facts.examine(entryPlace(verdict.bytes));
    const upper = object?.xattrs.get("upper");
    if (object === null || !isDir(object) || !Buffer.isBuffer(upper)) continue;
    const key = upper.toString("latin1");
    entries.set(key, [...(entries.get(key) ?? []), verdict.bytes]);
  }
  return entries;
}
