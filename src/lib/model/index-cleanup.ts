/**
 * What the mount makes of the index directory: every entry is judged in
 * readdir order until one refuses the mount. ovl_indexdir_cleanup()
 */
import { DT_DIR } from "../format/fileType.js";
import { decodeIndexName, type IndexNameVerdict } from "../format/indexName.js";
import type { Errno, RawObject } from "../host/native.js";
import { type Env, isDir } from "../kernel/env.js";
import {
  type EntryVerdict,
  failsOnNotEmpty,
  notEmpty,
  STUCK_TEMPORARY,
  verifyIndexEntry,
} from "../kernel/index-entry.js";
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

/** What the mount does to the index, in readdir order; what comes after `refusal` is judged, and left as it is. */
export interface Cleanup {
  readonly removed: Buffer[];
  readonly tombstoned: Buffer[];
  /** The first entry that refuses the mount. */
  readonly refusal: JudgedEntry | null;
  readonly judged: readonly JudgedEntry[];
}

/** What is in the directories of the index, where there should be nothing. */
export interface IndexContent {
  /** An entry holds nothing. */
  isEmpty(entry: Buffer): boolean;
  /** A temporary holds a directory that is not empty. */
  isStuck(temporary: Buffer): boolean;
}

/** `reached`: the mount gets as far as the index; else entries are judged and left as they are. */
export function judgeIndex(env: Env, index: IndexState, reached: boolean, content: IndexContent): Cleanup {
  const removed: Buffer[] = [];
  const tombstoned: Buffer[] = [];
  const judged: JudgedEntry[] = [];
  let refusal: JudgedEntry | null = null;

  const judge = (name: Buffer, nameVerdict: IndexNameVerdict, row: number): void => {
    const object = index.examineName(name);
    const found = verifyIndexEntry(env, nameVerdict, object);
    const isStuck =
      found.action === "remove" && typeof object !== "number" && isDir(object) && !content.isEmpty(name);
    const verdict = isStuck ? notEmpty(env, found) : found;
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
    if (isStuck) return;
    (verdict.action === "remove" ? removed : tombstoned).push(name);
    if (row >= 0) index.change(row, verdict.action);
  };

  const temporaries = failsOnNotEmpty(env) ? index.temporaries : [];
  let swept = 0;
  const sweep = (row: number, odds: number): void => {
    for (let next = temporaries[swept]; next !== undefined; next = temporaries[++swept]) {
      if (next.position > row || next.odd > odds) return;
      if (next.type !== DT_DIR || !content.isStuck(next.name)) continue;
      const { name } = next;
      const object = index.examineName(name);
      const nameVerdict = decodeIndexName(name);
      const entry = { name, nameVerdict, verdict: STUCK_TEMPORARY, object, afterRefusal: refusal !== null };
      judged.push(entry);
      refusal ??= entry;
    }
  };

  let odd = 0;
  for (let row = 0; row <= index.table.size; row++) {
    for (let next = index.odd[odd]; next !== undefined && next.position <= row; next = index.odd[++odd]) {
      sweep(next.position, odd);
      judge(next.name, next.verdict, -1);
    }
    sweep(row, odd);
    if (row === index.table.size || index.isProven(row)) continue;
    const name = index.name(row);
    judge(name, decodeIndexName(name), row);
  }
  index.settled = true;
  return { removed, tombstoned, refusal, judged };
}
