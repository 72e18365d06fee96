/** Do layers belong together? Told by what is in them: stored handles that lead where they should. */
import { decodeIndexName } from "../../format/indexName.js";
import { isDir, isWhiteoutDevice, sameType } from "../../kernel/env.js";
import { join } from "../../kernel/path.js";
import type { Facts } from "../facts.js";
import type { Place } from "../types.js";
import { upperAt } from "./changes.js";
import { entryPlace } from "./directory-entries.js";
import { INDEX, UPPER_ROOT } from "./index-directory.js";
import { behind, lowerHandle } from "./index-entries.js";

export interface Ties {
  /** How many handles lead where they should; counting ends where that is beyond doubt. */
  readonly for: number;
  readonly against: number;
}

const ENOUGH = 1000;

const lowerBySession = new WeakMap<Facts, Ties>();

/** Upper objects that came from the top lower layer, against those whose path has there what they did not come from. */
export function lowerTies(facts: Facts): Ties {
  const known = lowerBySession.get(facts) ?? countLowerTies(facts);
  lowerBySession.set(facts, known);
  return known;
}

function countLowerTies(facts: Facts): Ties {
  const top = facts.lowers[0] ?? "";
  const ties = { for: 0, against: 0 };
  const waiting: Buffer[] = [Buffer.alloc(0)];
  for (let dir = waiting.pop(); dir !== undefined && ties.for + ties.against < ENOUGH; dir = waiting.pop()) {
    for (const name of facts.list(upperAt(dir))) {
      const path = join(dir, name);
      const object = facts.examine(upperAt(path));
      if (object === null) continue;
      if (isDir(object)) waiting.push(path);
      const fh = lowerHandle(object.xattrs.get("origin"));
      if (fh === null) continue;
      const lower = facts.decode(fh);
      const beside = facts.examine({ layer: top, path });
      if (lower === null) {
        if (beside !== null && sameType(beside, object)) ties.against++;
      } else if (lower.place === null ? isSame(lower.object, beside) : lower.place.layer === top) {
        ties.for++;
      }
    }
  }
  // Without a word from upper, tombstones tell whether what was deleted is in these layers.
  return ties.for + ties.against > 0 ? ties : { for: 0, against: entriesGone(facts) };
}

function isSame(
  a: { readonly dev: number; readonly ino: number },
  b: { readonly dev: number; readonly ino: number } | null,
): boolean {
  return b !== null && a.dev === b.dev && a.ino === b.ino;
}

function entriesGone(facts: Facts): number {
  const entries = facts.list(INDEX).map((name) => decodeIndexName(name));
  return entries.filter((name) => name.kind === "valid" && facts.decode(name.bytes) === null).length;
}

/** Entries that stand for objects of the upper layer, against those that lead to none. */
export function indexTies(facts: Facts): Ties {
  const ties = { for: 0, against: 0 };
  for (const name of facts.list(INDEX)) {
    if (ties.for + ties.against >= ENOUGH) break;
    const verdict = decodeIndexName(name);
    if (verdict.kind !== "valid" || !verdict.canonical) continue;
    const entry = facts.examine(entryPlace(verdict.bytes));
    if (entry === null || isWhiteoutDevice(entry)) continue;
    const upper = behind(facts, entry);
    // Copied together, both still tell of the same lower directory.
    if (upper === null && isDir(entry) && facts.claimants(verdict.bytes).some(({ isDir: is }) => is)) {
      ties.for++;
      continue;
    }
    // A file's last name may rightly be the entry: lower hard links show it.
    if (upper === null || upper.path === null) ties.against++;
    else if (lowerHandle(upper.object.xattrs.get("origin"))?.equals(verdict.bytes) === true) ties.for++;
  }
  return ties;
}

export const belongs = ({ for: pro, against }: Ties): boolean => pro > against || against === 0;

export const topRoot = (facts: Facts): Place => ({ layer: facts.lowers[0] ?? "", path: Buffer.alloc(0) });

/** The lower layer was put in the place of another, and nothing in upper came from it: every origin is void. */
export function isLowerReplaced(facts: Facts): boolean {
  const raw = facts.examine(UPPER_ROOT)?.xattrs.get("origin");
  if (!Buffer.isBuffer(raw)) return false;
  return facts.encode(topRoot(facts))?.equals(raw) === false && !belongs(lowerTies(facts));
}
