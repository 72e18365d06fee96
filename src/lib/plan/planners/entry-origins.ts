/** Entries whose name and object disagree about the lower object. One of the two is right, or neither. */
import { decodeHandle } from "../../format/fileHandle.js";
import type { RawObject } from "../../host/native.js";
import { isDir } from "../../kernel/env.js";
import { getNlink } from "../../kernel/index-entry.js";
import type { Facts } from "../facts.js";
import type { Place, Proposal } from "../types.js";
import { answer, quoted, setXattr, upperAt } from "./changes.js";
import { entryPlace } from "./directory-entries.js";
import { pointAgain } from "./entries.js";
import {
  behind,
  canBeOrigin,
  isFromOwnPath,
  lowerHandle,
  NEWER_FORMAT,
  onEntry,
  removal,
  rename,
  type Subject,
} from "./index-entries.js";
import { mergedWith } from "./lower-parts.js";

type Disagreement = "entry-origin-mismatch" | "entry-origin-missing";

export const originMismatch = onEntry<"entry-origin-mismatch">((entry) => {
  const { facts, object, fh } = entry;
  const upper = behind(facts, object);
  if (upper === null) return removal(entry, NOTHING_BEHIND);
  const origin = lowerHandle(upper.object.xattrs.get("origin"));
  if (origin !== null && !isDir(object) && facts.examine(entryPlace(origin))?.ino === object.ino) {
    return removal(entry, "the same inode is the entry of its own origin");
  }
  const byName = isDir(object) ? byMerge(facts, upper.path) : null;
  if (isDir(object)) {
    if (fh !== null && byName?.equals(fh) === true) return setOrigin(entry, fh, upper, MERGED);
    const again = pointAgain(entry, "confirm");
    if (again !== null) return again;
  }
  const canBeStored = origin !== null && canBeOrigin(facts, origin, upper.object) && isFree(facts, origin);
  if (!isDir(object) && fh !== null && canBeOrigin(facts, fh, upper.object)) {
    if (isFromOwnPath(facts, fh, upper.object)) return setOrigin(entry, fh, upper, SAME_PATH);
    if (!canBeStored) return setOrigin(entry, fh, upper, STORED_IS_NONE);
  }
  if (canBeStored && (byName === null || byName.equals(origin))) {
    const evidence = `its object came from the lower object of the name ${origin.toString("hex")}, which is free`;
    return answer(rename(entry, origin, evidence, "confirm"));
  }
  return removal(
    entry,
    "its object came from another lower object, and the kernel removes it at the next mount",
  );
});

export const originMissing = onEntry<"entry-origin-missing">((entry) => {
  const { facts, object, fh } = entry;
  const upper = behind(facts, object);
  if (fh === null || upper === null) return removal(entry, NOTHING_BEHIND);
  if (isOfNewerFormat(upper.object)) return { left: NEWER_FORMAT };
  if (isDir(object)) {
    if (byMerge(facts, upper.path)?.equals(fh) === true) return setOrigin(entry, fh, upper, MERGED);
    return pointAgain(entry, "confirm") ?? removal(entry, NOT_MERGED);
  }
  const lower = facts.decode(fh)?.object;
  if (lower === undefined) return removal(entry, "its lower object is gone");
  if (!canBeOrigin(facts, fh, object)) {
    return removal(
      entry,
      "it is of another type than its lower object, or another upper object came from that",
    );
  }
  // With neither names of its own nor lower ones that it shows under, the kernel would take it for deleted.
  if (upper.path === null && getNlink(lower, object, 0) === 0) {
    return removal(entry, "nothing shows that it was copied up from the lower object of its name");
  }
  return setOrigin(
    entry,
    fh,
    upper,
    "the lower object of its name is of its type, and no other upper object came from it",
  );
});

/** To this kernel such an origin is none; to the one that wrote it it is the right one. */
function isOfNewerFormat({ xattrs }: RawObject): boolean {
  const raw = xattrs.get("origin");
  return Buffer.isBuffer(raw) && raw.length > 0 && decodeHandle(raw).kind === "unknown";
}

const NOTHING_BEHIND = "there is no upper object behind it";
const NOT_MERGED = "the upper directory that it points at does not show the lower one of its name";
const MERGED = "the upper directory that it points at is merged with the lower one of its name";
const SAME_PATH = "the lower object of its name is at the upper object's own path";
const STORED_IS_NONE = "the stored origin is gone, is of another type, or belongs to another object";

/** The name is right: the object gets its origin back. */
function setOrigin(
  { found, facts, at }: Subject<Disagreement>,
  fh: Buffer,
  upper: { readonly object: RawObject; readonly path: Buffer | null },
  evidence: string,
): Proposal {
  const target: Place = upper.path === null ? at : upperAt(upper.path);
  return answer({
    action: "set-origin",
    target,
    because: found,
    evidence: upper.path === null ? evidence : `${evidence} (upper ${quoted(upper.path)})`,
    safety: "confirm",
    loses: null,
    steps: setXattr(facts, target, "origin", fh),
  });
}

/** Handle of the lower directory that an upper one shows. */
function byMerge(facts: Facts, path: Buffer | null): Buffer | null {
  return path === null ? null : (mergedWith(facts, path)?.fh ?? null);
}

const isFree = (facts: Facts, fh: Buffer): boolean => facts.examine(entryPlace(fh)) === null;
