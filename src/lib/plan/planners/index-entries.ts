/** One entry of the index directory: what it stands for, and how it is taken out, renamed or pointed elsewhere. */
import type { Code, Finding, Safety } from "../../catalogue/index.js";
import { decodeHandle, FLAG_ANY_ENDIAN, FLAG_UPPER, HEADER_SIZE } from "../../format/fileHandle.js";
import { decodeIndexName } from "../../format/indexName.js";
import type { RawObject } from "../../host/native.js";
import { isDir, isReg, isWhiteoutDevice, sameType } from "../../kernel/env.js";
import type { Facts } from "../facts.js";
import type { Action, ActionKind, Place, Planner, Proposal, Step } from "../types.js";
import { answer, keep, quoted, seen, setXattr, upperAt } from "./changes.js";
import { entryPlace } from "./directory-entries.js";
import { INDEX } from "./index-directory.js";
import { sameObject } from "./lower-parts.js";

/** A finding about an entry, and the entry as it stands. */
export interface Subject<C extends Code> {
  readonly found: Finding<C>;
  readonly facts: Facts;
  readonly at: Place;
  readonly object: RawObject;
  /** Handle structure that its name stands for; null where the name is none. */
  readonly fh: Buffer | null;
}

/** A planner of findings whose path is an entry's name. */
export function onEntry<C extends Code>(plan: (entry: Subject<C>) => Proposal): Planner<C> {
  return (found, facts) => {
    if (found.path === null || found.path.length === 0) return answer();
    const at = { layer: "work", path: Buffer.concat([INDEX.path, Buffer.from("/"), found.path]) };
    const object = facts.examine(at);
    return object === null ? answer() : plan({ found, facts, at, object, fh: handleOf(found.path) });
  };
}

/** What lookups would ask for instead of this name. */
function handleOf(name: Buffer): Buffer | null {
  const verdict = decodeIndexName(name);
  return verdict.kind === "valid" ? lowerHandle(verdict.bytes) : null;
}

/** A stored handle without what may follow it; null where it is none that the kernel makes for a lower object. */
export function lowerHandle(raw: Buffer | number | undefined): Buffer | null {
  if (!Buffer.isBuffer(raw)) return null;
  const verdict = decodeHandle(raw);
  if (verdict.kind !== "valid" || verdict.handle.length < HEADER_SIZE) return null;
  // Compared byte for byte: another flag makes it another handle.
  if ((verdict.handle.flags & (FLAG_UPPER | FLAG_ANY_ENDIAN)) !== 0) return null;
  return raw.subarray(0, verdict.handle.length);
}

/** The upper object behind an entry: the entry itself, or the directory that its `upper` leads to, but for the root. */
export function behind(
  facts: Facts,
  entry: RawObject,
): { readonly object: RawObject; readonly path: Buffer | null } | null {
  if (!isDir(entry)) return { object: entry, path: facts.upperNames(entry.ino)[0] ?? null };
  const upper = entry.xattrs.get("upper");
  const path = Buffer.isBuffer(upper) ? facts.decodeUpper(upper) : null;
  if (path === null || path.length === 0) return null;
  const object = facts.examine(upperAt(path));
  return object === null ? null : { object, path };
}

/** The lower object of this handle is there, is of the upper object's type, and no other upper object came from it. */
export function canBeOrigin(facts: Facts, fh: Buffer, upper: RawObject): boolean {
  const lower = facts.decode(fh);
  if (lower === null || !sameType(lower.object, upper)) return false;
  return facts.claimants(fh).every(({ ino }) => ino === upper.ino);
}

/** A lower layer has the object of this handle under one of the upper object's own names. */
export function isFromOwnPath(facts: Facts, fh: Buffer, upper: RawObject): boolean {
  const lower = facts.decode(fh)?.object;
  if (lower === undefined) return false;
  return facts.upperNames(upper.ino).some((path) =>
    facts.lowers.some((layer) => {
      const there = facts.examine({ layer, path });
      return there !== null && sameObject(there, lower);
    }),
  );
}

export const LAYERS_REPLACED =
  "Give the lower layers as they were. If they were copied or restored, ovl-index migrate stores all origins anew.";
export const NEWER_FORMAT =
  "Use the kernel that wrote it. It is no damage, and what it means is not known here.";

/** Takes an entry out of the index. `isLast`: it is the only name of what it holds, which is kept aside. */
export function takeOut(
  facts: Facts,
  at: Place,
  object: RawObject,
): { readonly steps: Step[]; readonly isLast: boolean } {
  const isLink = object.nlink > 1 && !isDir(object) && !isWhiteoutDevice(object);
  const other = isLink ? facts.upperNames(object.ino)[0] : undefined;
  if (other !== undefined) {
    return {
      steps: [{ op: "unlink", at, other: upperAt(other), seen: seen(object) }],
      isLast: false,
    };
  }
  const isEmpty = isDir(object) ? facts.list(at).length === 0 : isReg(object) && object.size === 0;
  return { steps: keep(facts, at), isLast: !isEmpty && !isWhiteoutDevice(object) };
}

/** The answer that takes an entry out. */
export function removal<C extends Code>(
  { found, facts, at, object }: Subject<C>,
  evidence: string,
  safety: Exclude<Safety, "never"> = "confirm",
): Proposal {
  const { steps, isLast } = takeOut(facts, at, object);
  return answer({
    action: removalKind(object, steps),
    target: at,
    because: found,
    evidence,
    // What has no other name is data, whatever the finding.
    safety: isLast ? "confirm" : safety,
    loses: isLast ? lostData(object) : null,
    steps,
  });
}

function removalKind(object: RawObject, steps: readonly Step[]): ActionKind {
  if (isWhiteoutDevice(object)) return "remove-tombstone";
  return steps[0]?.op === "unlink" ? "remove-entry" : "keep-entry";
}

export const lostData = (object: RawObject): string =>
  isDir(object)
    ? "what is inside the entry; it is kept in the journal's folder"
    : `inode ${object.ino}, which has no other name; it is kept in the journal's folder`;

/** Give the entry the name of this handle, which has to be free. */
export function rename<C extends Code>(
  { found, at, object }: Subject<C>,
  fh: Buffer,
  evidence: string,
  safety: Exclude<Safety, "never">,
): Action {
  const steps: Step[] = [{ op: "move", at, to: entryPlace(fh), seen: seen(object) }];
  return { action: "rename-entry", target: at, because: found, evidence, safety, loses: null, steps };
}

/** Point a directory's entry at this upper directory. */
export function pointAt<C extends Code>(
  { found, facts, at }: Subject<C>,
  path: Buffer,
  safety: Exclude<Safety, "never">,
): Proposal {
  const evidence = `upper ${quoted(path)} has the origin that the entry is named after, and no other directory has`;
  const steps = setXattr(facts, at, "upper", facts.encode(upperAt(path)));
  return answer({ action: "set-upper", target: at, because: found, evidence, safety, loses: null, steps });
}
