/** The first line of the report: what mounting will do, and whether handles are safe. */
import { type Code, type Evidence, entryOf, type Finding, isFatal } from "../catalogue/index.js";
import { firstCodes, worstCode } from "./first.js";
import type { CheckResult } from "./result.js";
import { plural } from "./text.js";

export type Tone = "good" | "bad" | "unsure";
export interface Verdict {
  readonly tone: Tone;
  /** One word or two, in capitals, so that it stands out without colour. */
  readonly word: string;
  readonly sentence: string;
}

function list(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** A handle of a lower directory leads to where its old names lead, and never to another directory. */
function isDirectoryNotIndexed(found: Finding): boolean {
  if (found.code !== "copied-up-not-indexed") return false;
  return (found.evidence as Evidence["copied-up-not-indexed"]).type === "directory";
}

/** Objects that a handle would not lead to, as far as findings of severity error tell. */
function handlesAtRisk({ findings }: CheckResult): { readonly wrong: number; readonly directories: number } {
  // Without a path it is about no one object.
  const bad = findings.filter(
    ({ path, severity, code }) =>
      path !== null && severity === "error" && entryOf(code).kernel.effect === "wrong-object",
  );
  const directories = bad.filter(isDirectoryNotIndexed).length;
  return { wrong: bad.length - directories, directories };
}

/** What the mount does, as a clause: "it mounts, removes 2 index entries; 3 lookups fail". */
function mountClause(result: CheckResult): string {
  const { mount, index, lookup, hidden } = result.prediction;
  if (!mount.ok) return `mount fails with ${mount.errno} (${mount.cause})`;
  const changes: string[] = [];
  if (index.removed.length > 0)
    changes.push(`removes ${plural(index.removed.length, "index entry", "index entries")}`);
  if (index.tombstoned.length > 0) {
    changes.push(`turns ${plural(index.tombstoned.length, "index entry", "index entries")} into tombstones`);
  }
  const losses: string[] = [];
  if (lookup.length > 0)
    losses.push(`${plural(lookup.length, "lookup")} ${lookup.length === 1 ? "fails" : "fail"}`);
  if (hidden.length > 0)
    losses.push(`${plural(hidden.length, "name")} ${hidden.length === 1 ? "vanishes" : "vanish"}`);
  const mounts = changes.length === 0 ? "it mounts" : `mounting ${list(changes)}`;
  return losses.length === 0 ? mounts : `${mounts}, but ${list(losses)}`;
}

function handleClause(result: CheckResult): string | null {
  if (result.require !== "nfs-export" || !result.prediction.mount.ok) return null;
  const { wrong, directories } = handlesAtRisk(result);
  const byName = `${plural(directories, "directory", "directories")} lead to ${
    directories === 1 ? "it by its old name" : "them by their old names"
  } only`;
  if (wrong > 0) {
    const risk = `old handles of ${plural(wrong, "object")} lead to the wrong one`;
    return directories > 0 ? `${risk}, and those of ${byName}` : risk;
  }
  if (directories > 0) return `old handles of ${byName}`;
  if (!result.ready) return null;
  const split = result.counts.byCode["hardlink-split"] ?? 0;
  const deleted = result.findings.filter(isDeletedAndOpens).length;
  const but = [
    ...(split > 0 ? [`old ones of ${plural(split, "name")} split off from hard links`] : []),
    ...(deleted > 0 ? [`those of ${plural(deleted, "deleted hard link")}, which still open it`] : []),
  ];
  return but.length === 0
    ? "every handle leads to its object"
    : `handles lead to their objects, but for ${but.join(" and ")}`;
}

/** The kernel counts names of a lower hard link that nothing shows: no error of anybody's, and yet no promise to be made. */
function isDeletedAndOpens(found: Finding): boolean {
  if (found.code !== "nlink-wrong" || found.layer !== "index" || found.severity === "error") return false;
  return (found.evidence as Evidence["nlink-wrong"]).expected === 0;
}

/** A code's title inside of a sentence, and how often it was found: "a redirect leads nowhere (2 redirect-dangling)". */
function titleClause(result: CheckResult, code: Code): string {
  const { title } = entryOf(code);
  // The second letter tells an ordinary word from an abbreviation.
  const begin = /^.[a-z ]/.test(title) ? title.charAt(0).toLowerCase() : title.charAt(0);
  const times = result.counts.byCode[code] ?? 0;
  return `${begin}${title.slice(1)} (${times > 1 ? `${times} ` : ""}${code})`;
}

/** What is wrong, where the clauses about the mount and the handles do not say so. */
function reasonClause(result: CheckResult, isSaid: boolean): string | null {
  const { ready, prediction, counts } = result;
  if (ready || !prediction.mount.ok || counts.error + counts.warning === 0) return null;
  const [first] = firstCodes(result);
  const code = first ?? (isSaid ? null : worstCode(result.findings, null));
  return code === null ? null : titleClause(result, code);
}

function sentence(result: CheckResult): string {
  const { lookup, hidden } = result.prediction;
  const mount = mountClause(result);
  const handles = handleClause(result);
  const reason = reasonClause(result, handles !== null || lookup.length + hidden.length > 0);
  return `${[mount, reason, handles].filter((clause) => clause !== null).join("; ")}.`;
}

const UNREAD: ReadonlySet<Code> = new Set([
  "no-privilege",
  "layer-unreadable",
  "layer-changed",
  "unreadable",
  "xattr-unreadable",
]);

const undecided = (sentence: string): Verdict => ({ tone: "unsure", word: "UNDECIDED", sentence });

/** Judge a result in one line. */
export function verdictOf(result: CheckResult): Verdict {
  const { require } = result;
  if (result.provisional) {
    return {
      tone: "unsure",
      word: "PROVISIONAL",
      sentence: result.findings.some((f) => f.code === "layers-in-use")
        ? "the overlay is in use, so what was read may have changed since."
        : "the layers changed while they were read; run it again when nobody writes to them.",
    };
  }
  if (!result.complete) {
    const { mount } = result.prediction;
    // Layers that stand in each other's way are a verdict; something left unread is none.
    const unread = result.findings.every((f) => !isFatal(f) || UNREAD.has(f.code));
    const blind = !mount.ok && mount.cause === "no-privilege";
    if (blind) return undecided("the xattrs that make an overlay cannot be read by this process.");
    return mount.ok && unread
      ? undecided("not everything could be read; there may be more to find.")
      : { tone: "bad", word: `NOT READY for ${require}`, sentence: sentence(result) };
  }
  return result.ready
    ? { tone: "good", word: `READY for ${require}`, sentence: sentence(result) }
    : { tone: "bad", word: `NOT READY for ${require}`, sentence: sentence(result) };
}
