/** Do layers belong together? Told by what is in them: stored handles that lead where they should. */
import { decodeIndexName } from "../../format/indexName.js";
import type { RawObject } from "../../host/native.js";
import { isDir, isWhiteoutDevice, sameType } from "../../kernel/env.js";
import { join } from "../../kernel/path.js";
import type { Facts } from "../facts.js";
import type { Place } from "../types.js";
import { upperAt } from "./changes.js";
import { entryPlace } from "./directory-entries.js";
import { INDEX, UPPER_ROOT } from "./index-directory.js";
import { behind, lowerHandle } from "./index-entries.js";
import { sameObject } from "./lower-parts.js";

/** Evidence for and against layers belonging together. */
export interface Ties {
  /** How many handles lead where they should; counting ends where that is beyond doubt. */
  readonly for: number;
  readonly against: number;
}

const ENOUGH = 1000;

const lowerBySession = new WeakMap<Facts, Ties>();

/**
 * Upper objects that came from the top lower layer, against those that did not: whose origin is gone while their path
 * has an object of their type, or is a directory of no layer, though it is on the same filesystem. Layers that were
 * copied beside the old ones look so. Of a file's origin only the inode is known, and so only its own path speaks.
 */
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
      const beside = facts.examine({ layer: top, path });
      switch (originIn(facts, fh, beside)) {
        case "top":
          ties.for++;
          break;
        case "outside":
          ties.against++;
          break;
        case "gone":
          if (beside !== null && sameType(beside, object)) ties.against++;
      }
    }
  }
  // Without a word from upper, tombstones tell whether what was deleted is in these layers.
  return ties.for + ties.against > 0 ? ties : entryTies(facts, top);
}

/** Where an origin leads. `beside`: what the top lower layer has under the path of the object that has it. */
function originIn(
  facts: Facts,
  fh: Buffer,
  beside: RawObject | null,
): "top" | "outside" | "gone" | "unknown" {
  const lower = facts.decode(fh);
  if (lower === null) return "gone";
  if (!isDir(lower.object)) return beside !== null && sameObject(lower.object, beside) ? "top" : "unknown";
  if (lower.place === null) return "outside";
  return lower.place.layer === facts.lowers[0] ? "top" : "unknown";
}

function entryTies(facts: Facts, top: string): Ties {
  const ties = { for: 0, against: 0 };
  for (const name of facts.list(INDEX)) {
    const verdict = decodeIndexName(name);
    if (verdict.kind !== "valid") continue;
    const lower = facts.decode(verdict.bytes);
    if (lower === null || (isDir(lower.object) && lower.place === null)) ties.against++;
    else if (lower.place?.layer === top) ties.for++;
  }
  return ties;
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

/** More speaks for it than against it; where nothing speaks, nobody knows. */
export const belongs = ({ for: pro, against }: Ties): boolean => pro > against;
/** Nothing speaks against it. */
export const mayBelong = (ties: Ties): boolean => belongs(ties) || ties.against === 0;

export const topRoot = (facts: Facts): Place => ({ layer: facts.lowers[0] ?? "", path: Buffer.alloc(0) });

/** The lower layer was put in the place of another, and nothing in upper came from it: every origin is void. */
export function isLowerReplaced(facts: Facts): boolean {
  const raw = facts.examine(UPPER_ROOT)?.xattrs.get("origin");
  if (!Buffer.isBuffer(raw)) return false;
  return facts.encode(topRoot(facts))?.equals(raw) === false && !belongs(lowerTies(facts));
}
