/**
 * Which index entries stand for an upper object, where it does not tell itself: the index is read through for that, once,
 * and only when it is first asked for.
 */
import { decodeIndexName } from "../../format/indexName.js";
import type { RawObject } from "../../host/native.js";
import { isDir } from "../../kernel/env.js";
import type { Facts } from "../facts.js";
import { entryPlace } from "./directory-entries.js";
import { INDEX } from "./index-directory.js";

/** Handle structures of the lower directories whose entries point at this upper one. */
export function entriesOfDirectory(facts: Facts, path: Buffer): readonly Buffer[] {
  const own = facts.encode({ layer: "upper", path });
  return own === null ? [] : (entriesOf(facts).directories.get(own.toString("latin1")) ?? []);
}

/** Handle structures of the entries that are links of this inode. `likely`: the one to be looked at first. */
export function entriesOfFile(facts: Facts, object: RawObject, likely: Buffer | null): readonly Buffer[] {
  const missing = object.nlink - facts.upperNames(object.ino).length;
  if (missing < 1) return [];
  if (missing === 1 && likely !== null && facts.examine(entryPlace(likely))?.ino === object.ino)
    return [likely];
  return entriesOf(facts).files.get(object.ino) ?? [];
}

/** Handle structures of entries. */
interface Entries {
  /** By the handle of the upper directory, as latin1. */
  readonly directories: ReadonlyMap<string, readonly Buffer[]>;
  readonly files: ReadonlyMap<number, readonly Buffer[]>;
}

const bySession = new WeakMap<Facts, Entries>();

function entriesOf(facts: Facts): Entries {
  const entries = bySession.get(facts) ?? readEntries(facts);
  bySession.set(facts, entries);
  return entries;
}

function readEntries(facts: Facts): Entries {
  const directories = new Map<string, Buffer[]>();
  const files = new Map<number, Buffer[]>();
  for (const name of facts.list(INDEX)) {
    const verdict = decodeIndexName(name);
    if (verdict.kind !== "valid" || !verdict.canonical) continue;
    const object = facts.examine(entryPlace(verdict.bytes));
    if (object === null) continue;
    const upper = object.xattrs.get("upper");
    if (!isDir(object)) add(files, object.ino, verdict.bytes);
    else if (Buffer.isBuffer(upper)) add(directories, upper.toString("latin1"), verdict.bytes);
  }
  return { directories, files };
}

function add<K>(to: Map<K, Buffer[]>, key: K, fh: Buffer): void {
  const known = to.get(key);
  if (known === undefined) to.set(key, [fh]);
  else known.push(fh);
}
