/** Upper files that one lower file cannot all have become. One keeps the origin, the others are files of upper's own. */
import type { RawObject } from "../../host/native.js";
import type { Claimant, Facts } from "../facts.js";
import type { Planner } from "../types.js";
import { answer, quoted, upperAt } from "./changes.js";
import { entryPlace } from "./directory-entries.js";
import { isFromOwnPath } from "./index-entries.js";
import { sameObject } from "./lower-parts.js";
import { originOff } from "./origin-off.js";

export const duplicate: Planner<"origin-duplicate"> = (found, facts) => {
  const { path } = found;
  const fh = found.bytes?.fh;
  if (fh === undefined || path === null) return answer();
  const verdict = judge(facts, fh, path);
  if ("left" in verdict) return verdict;
  const { losers, evidence, loses } = verdict;
  // Told of several times, it is enough to answer for the file that it is about, unless that one stays.
  const own = losers.filter((paths) => paths.some((one) => one.equals(path)));
  const going = own.length > 0 ? [path] : losers.flatMap((paths) => paths.slice(0, 1));
  const answers = going.map((one) => originOff(found, facts, evidence, loses, one));
  return answer(...answers.flatMap((one) => ("actions" in one ? one.actions : [])));
};

interface Verdict {
  /** Names of each file that gives the origin up. */
  readonly losers: readonly (readonly Buffer[])[];
  readonly evidence: string;
  readonly loses: string | null;
}

function judge(facts: Facts, fh: Buffer, path: Buffer): Verdict | { readonly left: string } {
  const claimants = facts.claimants(fh).filter(({ isDir }) => !isDir);
  const lower = facts.decode(fh)?.object;
  if (lower !== undefined && isOfUpper(facts, lower)) {
    const losers = claimants.map(({ paths }) => paths);
    return { losers, evidence: "its origin is an object of the upper layer itself", loses: null };
  }
  if (claimants.length < 2) return againstLower(facts, fh, path, lower?.nlink ?? 1);
  const { ino, evidence, loses } = holderOf(facts, fh, claimants);
  const losers = claimants.filter((one) => one.ino !== ino).map(({ paths }) => paths);
  return { losers, evidence, loses };
}

/** The lower file itself shows under another name. */
function againstLower(
  facts: Facts,
  fh: Buffer,
  path: Buffer,
  links: number,
): Verdict | { readonly left: string } {
  if (links > 1 && facts.examine(entryPlace(fh)) === null) {
    return {
      left: "Make an index entry for it: then it is one file with the other names of its lower one again.",
    };
  }
  const evidence = "the lower object shows under another name as well";
  return { losers: [[path]], evidence, loses: "its tie to the lower object" };
}

interface Holder {
  readonly ino: number;
  /** Why it is the one. */
  readonly evidence: string;
  readonly loses: string | null;
}

/** The index entry; else the one at the lower object's own path; else the first by name. */
function holderOf(facts: Facts, fh: Buffer, claimants: readonly Claimant[]): Holder {
  const [first, ...others] = [...claimants].sort((a, b) => Buffer.compare(nameOf(a), nameOf(b)));
  const entry = facts.examine(entryPlace(fh));
  const indexed = claimants.find(({ ino }) => ino === entry?.ino);
  if (indexed !== undefined) {
    const evidence = `${quoted(nameOf(indexed))} is the index entry of the lower object`;
    return { ino: indexed.ino, evidence, loses: null };
  }
  const [home, another] = claimants.filter((one) => {
    const object = facts.examine(upperAt(nameOf(one)));
    return object !== null && isFromOwnPath(facts, fh, object);
  });
  if (home !== undefined && another === undefined) {
    const evidence = `${quoted(nameOf(home))} is at the lower object's own path`;
    return { ino: home.ino, evidence, loses: null };
  }
  const name = first === undefined ? "" : quoted(nameOf(first));
  return {
    ino: first?.ino ?? 0,
    evidence: `nothing shows which of ${others.length + 1} files is the original: ${name}, the first by name, is taken for it`,
    loses: "the lower object's handles lead to the other one, right or wrong",
  };
}

const nameOf = ({ paths }: Claimant): Buffer => paths[0] ?? Buffer.alloc(0);

function isOfUpper(facts: Facts, lower: RawObject): boolean {
  const path = facts.upperNames(lower.ino)[0];
  const there = path === undefined ? null : facts.examine(upperAt(path));
  return there !== null && sameObject(there, lower);
}
