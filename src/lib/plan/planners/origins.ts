/** Origins that cannot be read, lead nowhere, or to what somebody else came from. */
import type { RawObject } from "../../host/native.js";
import { isDir, sameType } from "../../kernel/env.js";
import type { Facts } from "../facts.js";
import type { Planner, Proposal } from "../types.js";
import { answer, describe, quoted, setXattr, upperAt } from "./changes.js";
import { entryPlace } from "./directory-entries.js";
import { canBeOrigin, isFromOwnPath, LAYERS_REPLACED, NEWER_FORMAT } from "./index-entries.js";
import { isRestamped } from "./layer-evidence.js";
import { mergedWith } from "./lower-parts.js";
import { entriesOfFile, originOff } from "./origin-off.js";

export const invalid: Planner<"origin-invalid"> = (found, facts) => {
  const object = found.path === null ? null : facts.examine(upperAt(found.path));
  if (found.path === null || object === null) return answer();
  const right = isDir(object)
    ? rightOfDirectory(facts, found.path, object)
    : rightOfFile(facts, found.path, object);
  if (right === null) return originOff(found, facts, "nothing shows where it came from", null);
  return answer({
    action: "set-origin",
    target: upperAt(found.path),
    because: found,
    evidence: right.evidence,
    safety: "confirm",
    loses: null,
    steps: setXattr(facts, upperAt(found.path), "origin", right.fh),
  });
};

interface Right {
  readonly fh: Buffer;
  readonly evidence: string;
}

function rightOfDirectory(facts: Facts, path: Buffer, object: RawObject): Right | null {
  const merged = mergedWith(facts, path);
  if (merged === null || !canBeOrigin(facts, merged.fh, object)) return null;
  return { fh: merged.fh, evidence: "it is merged with this lower directory" };
}

function rightOfFile(facts: Facts, path: Buffer, object: RawObject): Right | null {
  const entry = entriesOfFile(facts, object, null).find((fh) => canBeOrigin(facts, fh, object));
  if (entry !== undefined) return { fh: entry, evidence: "it is the index entry of this lower object" };
  for (const layer of facts.lowers) {
    const lower = { layer, path };
    const there = facts.examine(lower);
    if (there === null) continue;
    const fh = sameType(there, object) ? facts.encode(lower) : null;
    const isIndexed = fh !== null && facts.examine(entryPlace(fh)) !== null;
    if (fh === null || isIndexed || !canBeOrigin(facts, fh, object)) return null;
    return { fh, evidence: `${describe(lower)} is of its type, and no other upper object came from it` };
  }
  return null;
}

export const unknown: Planner<"origin-unknown"> = ({ evidence }) => ({
  left: evidence.stored === "" ? "Leave it: its handle points into upper, and is stable." : NEWER_FORMAT,
});

export const stale: Planner<"origin-stale"> = (found, facts) =>
  isRestamped(facts)
    ? { left: LAYERS_REPLACED }
    : originOff(
        found,
        facts,
        "the kernel takes it for an object of upper already: its lower one is gone",
        PROOF,
      );

export const wrongType: Planner<"origin-type-mismatch"> = (found, facts) =>
  originOff(
    found,
    facts,
    `a ${found.evidence.type} is never copied up from a ${found.evidence.originType}`,
    null,
  );

export const outside: Planner<"origin-outside-layers"> = (found, facts) => {
  const object = found.path === null ? null : facts.examine(upperAt(found.path));
  if (object !== null && !isDir(object) && facts.options.nfsExport) {
    return {
      left: "Make an index entry for it: with that, handles of its lower object go on leading to it.",
    };
  }
  const loses = "handles of the lower object, and its inode number";
  return originOff(found, facts, "no name of any layer leads to its lower object", loses);
};

const PROOF = "the mark of the lower object that it came from, which a migration after a restore could go by";

/** One object keeps the origin: the index entry, else the one at the lower object's own path, else the first. */
export const duplicate: Planner<"origin-duplicate"> = (found, facts) => {
  const fh = found.bytes?.fh;
  if (fh === undefined || found.path === null) return answer();
  const claimants = facts.claimants(fh).filter((claimant) => !claimant.isDir);
  const lower = facts.decode(fh)?.object;
  const isUpper = lower !== undefined && isUpperObject(facts, lower);
  if (claimants.length < 2 && !isUpper && (lower?.nlink ?? 0) > 1 && facts.examine(entryPlace(fh)) === null) {
    return {
      left: "Make an index entry for it: then it is one file with the other names of its lower one again.",
    };
  }
  const holder = isUpper ? null : (holderOf(facts, fh, claimants) ?? null);
  const losers = claimants.filter(({ ino }) => ino !== holder?.ino);
  const own = facts.examine(upperAt(found.path));
  // This object is the rightful one: then all the others give way. Alone, it is so to the lower object itself.
  const isLoser = losers.some(({ ino }) => ino === own?.ino);
  const going =
    isLoser || (claimants.length < 2 && !isUpper)
      ? [found.path]
      : losers.flatMap(({ paths }) => paths.slice(0, 1));
  const [because, loses] = isUpper
    ? ["its origin is an object of the upper layer itself", null]
    : (holder?.reason ?? [
        "the lower object shows under another name as well",
        "its link to the lower object",
      ]);
  const answers = going.map((path) => originOff(found, facts, because, loses, path));
  return answer(...answers.flatMap((one) => ("actions" in one ? one.actions : [])));
};

interface Holder {
  readonly ino: number;
  readonly reason: readonly [evidence: string, loses: string | null];
}

function holderOf(facts: Facts, fh: Buffer, claimants: ReturnType<Facts["claimants"]>): Holder | null {
  if (claimants.length < 2) return null;
  const nameOf = (ino: number) =>
    quoted(claimants.find((one) => one.ino === ino)?.paths[0] ?? Buffer.alloc(0));
  const entry = facts.examine(entryPlace(fh));
  const indexed = claimants.find(({ ino }) => ino === entry?.ino);
  if (indexed !== undefined) {
    return {
      ino: indexed.ino,
      reason: [`${nameOf(indexed.ino)} is the index entry of the lower object`, null],
    };
  }
  const home = claimants.filter(({ paths }) => {
    const object = paths[0] === undefined ? null : facts.examine(upperAt(paths[0]));
    return object !== null && isFromOwnPath(facts, fh, object);
  });
  if (home.length === 1 && home[0] !== undefined) {
    return { ino: home[0].ino, reason: [`${nameOf(home[0].ino)} is at the lower object's own path`, null] };
  }
  const first = [...claimants].sort((a, b) => Buffer.compare(a.paths[0] ?? fh, b.paths[0] ?? fh))[0];
  if (first === undefined) return null;
  const undecided = `nothing shows which of ${claimants.length} objects is the original: ${nameOf(first.ino)}, the first by name, is taken for it`;
  return {
    ino: first.ino,
    reason: [undecided, "the lower object's handles lead to the other one, right or wrong"],
  };
}

function isUpperObject(facts: Facts, lower: RawObject): boolean {
  const path = facts.upperNames(lower.ino)[0];
  const there = path === undefined ? null : facts.examine(upperAt(path));
  return there !== null && there.dev === lower.dev && there.ino === lower.ino;
}

export const split: Planner<"hardlink-split"> = (): Proposal => ({
  left: "Decide whether the names shall be one file and which data is right; then link them in the mounted overlay.",
});
