/** A journal as a whole, read from its bytes. */
import type { Change } from "./change.js";
import {
  decode,
  type Entry,
  formatOf,
  type Header,
  type Stamp,
  type Touched,
  VERSION_OF_FORMAT,
} from "./codec.js";
import { jsonOf } from "./line.js";

const LF = 0x0a;
/** No line is as long (limits.ts sees to that): what is longer is torn. */
export const LINE_MAX = 1 << 20;
/** Bytes of the largest journal that can be read back (native/write_js.c, FILE_MAX). */
export const JOURNAL_MAX = 1 << 30;

/** Changes whose lines came to the disk before the first of them was made. */
export interface JournaledBatch {
  /** Number of its first change. */
  readonly first: number;
  readonly touched: readonly Touched[];
  readonly changes: readonly Change[];
}

/** What a journal tells. It is what was meant to be done; what was done is for the disk to tell. */
export interface Journal {
  readonly header: Header;
  /** Its last lines cannot be read: a "recovered" has to follow before anything else may. */
  readonly torn: boolean;
  readonly batches: readonly JournaledBatch[];
  readonly actions: number;
  /** Set where the run came to its end: so many changes are made, and the others never were. */
  readonly finished: {
    readonly changes: number;
    readonly actions: number;
    readonly stamp: Stamp | null;
  } | null;
  /** All changes from this number on are taken back; null where that was not begun. */
  readonly back: number | null;
  readonly undone: { readonly stamp: Stamp | null } | null;
}

/**
 * - `empty`: not even the first line came to the disk, so nothing was done.
 * - `future`: of a newer format.
 * - `bad`: torn in the middle, or no journal.
 */
export type JournalProblem = { readonly problem: "empty" | "future" | "bad"; readonly why: string };

/**
 * What a crash leaves of the last lines is no trouble: their changes were not begun. A line
 * that cannot be read with good ones after it is.
 */
export function parseJournal(bytes: Buffer): Journal | JournalProblem {
  const [head = ""] = linesOf(bytes);
  const format = formatOf(head);
  if (format !== null && format > VERSION_OF_FORMAT) {
    return { problem: "future", why: `it is of format ${format}; this version knows ${VERSION_OF_FORMAT}` };
  }
  const entries: Entry[] = [];
  let torn = 0;
  let number = 0;
  for (const text of linesOf(bytes)) {
    number++;
    const json = jsonOf(text);
    if (json === null) {
      torn ||= number;
      continue;
    }
    try {
      const entry = decode(json);
      if (torn > 0 && entry.kind !== "recovered")
        return { problem: "bad", why: `line ${torn} cannot be read` };
      torn = 0;
      entries.push(entry);
    } catch (error) {
      return { problem: "bad", why: `line ${number}: ${(error as Error).message}` };
    }
  }
  const [first, ...rest] = entries;
  if (first === undefined) return { problem: "empty", why: "it has no first line" };
  if (first.kind !== "header") return { problem: "bad", why: "its first line is no header" };
  return assemble(first.header, rest, torn > 0);
}

/** Its lines without their LF; behind the last LF is none. One at a time: a string cannot hold all of a long journal. */
function* linesOf(bytes: Buffer): Generator<string> {
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(LF, start);
    const stop = end < 0 ? bytes.length : end;
    yield bytes.toString("latin1", start, Math.min(stop, start + LINE_MAX));
    start = stop + 1;
  }
}

function assemble(header: Header, entries: readonly Entry[], torn: boolean): Journal | JournalProblem {
  const batches: { first: number; touched: Touched[]; changes: Change[] }[] = [];
  let actions = 0;
  let finished: Journal["finished"] = null;
  let back: number | null = null;
  let undone: Journal["undone"] = null;
  for (const entry of entries) {
    const last = batches[batches.length - 1];
    switch (entry.kind) {
      case "header":
        return { problem: "bad", why: "it has two headers" };
      case "recovered":
        break;
      case "batch":
        if (entry.first !== countChanges(batches)) return { problem: "bad", why: "changes are missing" };
        batches.push({ first: entry.first, touched: [], changes: [] });
        break;
      case "action":
        actions++;
        break;
      case "directory":
      case "change":
        if (last === undefined) return { problem: "bad", why: "a change is in no batch" };
        if (entry.kind === "change" && isTwiceNamed(entry.change, header))
          return { problem: "bad", why: "an xattr of the run's own prefix is named with it" };
        if (entry.kind === "change") last.changes.push(entry.change);
        else last.touched.push(entry.touched);
        break;
      case "finished":
        back = null;
        finished = { changes: entry.changes, actions: entry.actions, stamp: entry.stamp };
        break;
      case "back":
        back = entry.to;
        break;
      case "undone":
        undone = { stamp: entry.stamp };
        break;
    }
  }
  return { header, torn, batches, actions, finished, back, undone };
}

/** One xattr under two names could not be told from two. */
const isTwiceNamed = (change: Change, { prefix }: Header): boolean =>
  change.op === "xattr" && change.prefix === prefix;

/** How many changes a journal has. */
export function countChanges(batches: readonly JournaledBatch[]): number {
  const last = batches[batches.length - 1];
  return last === undefined ? 0 : last.first + last.changes.length;
}
