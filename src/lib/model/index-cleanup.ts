/**
 * What the mount makes of the index directory: every entry is judged in
 * readdir order until one refuses the mount. ovl_indexdir_cleanup()
 */
import { decodeIndexName, type IndexNameVerdict } from "../format/indexName.js";
import type { Errno, RawObject } from "../host/native.js";
import { type Env, isDir } from "../kernel/env.js";
import { type EntryVerdict, verifyIndexEntry } from "../kernel/index-entry.js";
import type { IndexState } from "./index-state.js";

/** An entry that the mount changes or refuses, or that no lookup finds. */
export interface JudgedEntry {
  readonly name: Buffer;
  readonly nameVerdict: IndexNameVerdict;
  readonly verdict: EntryVerdict;
  readonly object: RawObject | Errno;
  /** The mount never got this far. */
  readonly afterRefusal: boolean;
}

export interface Cleanup {
  readonly removed: Buffer[];
  readonly tombstoned: Buffer[];
  /** The first entry that refuses the mount. */
  readonly refusal: JudgedEntry | null;
  readonly judged: readonly JudgedEntry[];
}

/** `reached`: the mount gets as far as the index; else entries are judged and left as they are. */
export function judgeIndex(
  env: Env,
  index: IndexState,
  reached: boolean,
  isEmpty: (entry: Buffer) => boolean,
): Cleanup {
  const removed: Buffer[] = [];
  const tombstoned: Buffer[] = [];
  const judged: JudgedEntry[] = [];
  let refusal: JudgedEntry | null = null;

  const judge = (name: Buffer, nameVerdict: IndexNameVerdict, row: number): void => {
    const object = index.examineName(name);
    const verdict = verifyIndexEntry(env, nameVerdict, object);
    const noncanonical = nameVerdict.kind === "valid" && !nameVerdict.canonical;
    if (verdict.action === "keep" && !noncanonical) {
      return;
    }
    const entry = { name, nameVerdict, verdict, object, afterRefusal: refusal !== null };
    judged.push(entry);
    if (verdict.action === "refuse") refusal ??= entry;
    if (refusal !== null || !reached || verdict.action === "keep" || verdict.action === "refuse") {
      // There will be no lookups; what is still to be said about names is said without this entry.
      if (row >= 0 && verdict.action !== "keep") index.change(row, "remove");
      return;
    }
    // rmdir(2) cannot remove what is not empty; the mount goes on, and the entry stays what it is.
    if (verdict.action === "remove" && typeof object !== "number" && isDir(object) && !isEmpty(name)) return;
    (verdict.action === "remove" ? removed : tombstoned).push(name);
    if (row >= 0) index.change(row, verdict.action);
  };

  let odd = 0;
  for (let row = 0; row <= index.table.size; row++) {
    for (let next = index.odd[odd]; next !== undefined && next.position <= row; next = index.odd[++odd]) {
      judge(next.name, next.verdict, -1);
    }
    if (row === index.table.size || index.isProven(row)) continue;
    const name = index.name(row);
    judge(name, decodeIndexName(name), row);
  }
  index.settled = true;
  return { removed, tombstoned, refusal, judged };
}
