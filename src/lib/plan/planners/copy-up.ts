/** Directories above a name that the upper layer does not have yet, copied up as the kernel does it: ovl_copy_up_one(). */
import { ESCAPE, isPortable } from "../../format/xattrNames.js";
import type { Likeness } from "../../host/writer.js";
import { isDir } from "../../kernel/env.js";
import type { Facts } from "../facts.js";
import type { Step } from "../types.js";
import { describe, quoted, setXattr, upperAt } from "./changes.js";
import { entryPlace } from "./directory-entries.js";
import { indexDirectory, isTaken, UPPER_ROOT } from "./index-directory.js";
import { identityOf, type LowerIdentity } from "./lower-identity.js";
import { parentOf, placeOf, type ShownLower } from "./lower-parts.js";

/** Steps, or why it cannot be done. */
export type CopyUp = { readonly steps: readonly Step[] } | { readonly left: string };

/** S_SYNC, S_IMMUTABLE, S_APPEND and S_NOATIME, as FS_IOC_GETFLAGS has them: OVL_COPY_I_FLAGS_MASK. */
const COPIED_FLAGS = 0x8 | 0x10 | 0x20 | 0x80;
const Y = Buffer.from("y");

/**
 * Copy up what leads to `path`, so that something can be made there; all of it is lower until now. `isClaimed`: does another
 * directory stand for that lower one?
 */
export function copyUpWay(facts: Facts, path: Buffer, isClaimed: (lower: LowerIdentity) => boolean): CopyUp {
  const missing: Buffer[] = [];
  let there = parentOf(path);
  for (; facts.examine(upperAt(there)) === null; there = parentOf(there)) missing.unshift(there);
  const nearest = facts.examine(upperAt(there));
  if (nearest === null || !isDir(nearest)) return { left: `Look at ${quoted(there)}: it is no directory.` };
  const steps: Step[] = setXattr(facts, upperAt(there), "impure", Y);
  for (const [i, dir] of missing.entries()) {
    const shown = facts.plain(dir);
    const top = shown.kind === "found" && shown.isDir ? shown.lower[0] : undefined;
    if (shown.kind !== "found" || top === undefined) return { left: `Check again: ${quoted(dir)} is gone.` };
    const own = copyUp(facts, dir, { lower: top, fh: shown.lowerFh }, i < missing.length - 1, isClaimed);
    if ("left" in own) return own;
    steps.push(...own.steps);
  }
  return { steps };
}

/** `impure`: something with an origin comes into it. */
function copyUp(
  facts: Facts,
  path: Buffer,
  shown: ShownLower,
  impure: boolean,
  isClaimed: (lower: LowerIdentity) => boolean,
): CopyUp {
  const { lower, fh } = shown;
  const claims = fh === null ? [] : facts.claimants(fh);
  if (isClaimed(identityOf(shown)) || claims.length > 0)
    return { left: `Mend first what else stands for ${describe(placeOf(lower))}.` };
  const like = likeOf(facts, shown);
  if ("left" in like) return like;
  const at = upperAt(path);
  const xattrs: [string, Buffer][] = [["origin", fh ?? Buffer.alloc(0)]];
  if (impure) xattrs.push(["impure", Y]);
  const make: Step = { op: "make", at, what: { kind: "directory", mode: like.mode & 0o7777, xattrs, like } };
  if (facts.require !== "nfs-export") return { steps: [make] };
  const as = facts.encode(UPPER_ROOT);
  const index = indexDirectory(facts);
  if ("left" in index) return index;
  if (fh === null || as === null)
    return { left: "Its filesystem gives no handles: what is copied up could not be indexed." };
  const entry = entryPlace(fh);
  if (index.is !== "there" || isTaken(facts, index, entry))
    return { left: "Repair first the index, or the entry that has its place there." };
  const upper = ["upper", { handleOf: at, as }] as const;
  return { steps: [make, { op: "make", at: entry, what: { kind: "directory", mode: 0, xattrs: [upper] } }] };
}

/** ovl_copy_xattr(), ovl_copy_fileattr(), ovl_set_attr() */
function likeOf(facts: Facts, { lower }: ShownLower): Likeness | { readonly left: string } {
  const place = placeOf(lower);
  const all = facts.attributes(place);
  if (all === null) return { left: `Check again: ${describe(place)} is gone.` };
  const { mode, uid, gid, atimeNs, mtimeNs, flags } = all;
  const why = (what: string) => ({ left: `Copy ${describe(place)} up by hand: ${what}.` });
  if ((flags & COPIED_FLAGS) !== 0) return why("it has flags of chattr(1) that a copy has to have, too");
  const xattrs = all.xattrs.filter(([name]) => !name.startsWith(facts.prefix));
  const escaped = facts.prefix + ESCAPE;
  if (all.xattrs.some(([name]) => name.startsWith(escaped))) return why("it is of a nested overlay");
  const odd = xattrs.find(([name]) => !isPortable(name));
  return odd === undefined
    ? { mode, uid, gid, atimeNs, mtimeNs, xattrs }
    : why(`of ${odd[0]} there is no copy`);
}
