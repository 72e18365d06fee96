/** A directory that was renamed in the overlay and still shows under its old name. */
import type { Finding } from "../../catalogue/index.js";
import type { Facts } from "../facts.js";
import type { Proposal } from "../types.js";
import { answer, keep, quoted, upperAt } from "./changes.js";
import type { CopyUp } from "./copy-up.js";
import { detach, forgetOrigin } from "./detach.js";
import { entryPlace, entryUpper } from "./directory-entries.js";
import { findLowerDirectory } from "./lower-directory.js";
import { handleOf, identityOf, isThis, type LowerIdentity } from "./lower-identity.js";
import { canCover, hasRedirect, lowerShown, originOf, parentOf } from "./lower-parts.js";
import { redirectTo } from "./redirects.js";

/** `way`: how directories above the old name are copied up where they are not; absent: then it was never renamed here. */
export function coverOrigin(
  found: Finding<"redirect-uncovered">,
  facts: Facts,
  way?: (old: Buffer) => CopyUp,
): Proposal {
  const names = namesOf(found, facts);
  if (names === null) return answer();
  const { renamed, old, lower } = names;
  if (renamed === null) return keepEntry(found, names, facts);
  const merged = lowerShown(facts, renamed);
  if (merged === null && isDangling(facts, renamed)) return { actions: [] };
  if (!isThis(merged, lower)) {
    return answer({
      action: "remove-origin",
      target: upperAt(renamed),
      because: found,
      evidence: `${quoted(renamed)} has it as its origin and shows nothing of it; ${quoted(old)} does`,
      safety: "confirm",
      loses: null,
      steps: forgetOrigin(facts, renamed),
    });
  }
  // The one above decides for all that is in it.
  if (isInside(facts, renamed, old)) return { actions: [] };
  const loses = `what the lower directory shows in ${quoted(renamed)}: it stays visible in ${quoted(old)}`;
  const origin = originOf(facts, renamed);
  if (origin !== null && handleOf(lower)?.equals(origin) !== true) {
    const own = findLowerDirectory(facts, renamed);
    if (own.found !== null) return answer(redirectTo(found, renamed, facts, own.found, loses));
  }
  const isCovered = canCover(facts, old);
  const copied = isCovered ? { steps: [] } : facts.examine(upperAt(old)) === null ? way?.(old) : undefined;
  if (copied !== undefined && "left" in copied) return copied;
  if (copied !== undefined) {
    return answer({
      action: "add-whiteout",
      target: upperAt(old),
      because: found,
      evidence: `${quoted(renamed)} stands for the lower directory, and its old parent ${isCovered ? "was" : "is"} copied up as a renaming does`,
      safety: "confirm",
      loses: `the name ${quoted(old)}: its content stays visible in ${quoted(renamed)}`,
      steps: [...copied.steps, { op: "make", at: upperAt(old), what: { kind: "whiteout" } }],
    });
  }
  return answer({
    action: hasRedirect(facts, renamed) ? "remove-redirect" : "set-opaque",
    target: upperAt(renamed),
    because: found,
    evidence: `${quoted(old)} was never renamed in this overlay: its parent would have been copied up`,
    safety: "confirm",
    loses,
    steps: detach(facts, renamed),
  });
}

/** Both stand in directories that show twice themselves. */
function isInside(facts: Facts, renamed: Buffer, old: Buffer): boolean {
  const above = parentOf(renamed);
  const outer = lowerAt(facts, parentOf(old));
  return !above.equals(parentOf(old)) && outer !== null && isThis(lowerShown(facts, above), outer);
}

/** Its redirect has a finding of its own, and decides first whether the lower directory is this one's. */
function isDangling(facts: Facts, path: Buffer): boolean {
  if (!hasRedirect(facts, path)) return false;
  const isHidden = facts
    .plain(path)
    .events.some((e) => e.kind === "redirect-stopped" && (e.reason === "whiteout" || e.reason === "opaque"));
  return !isHidden;
}

/** An entry that leads to no upper directory stands in the way of the name. */
function keepEntry(because: Finding, { old, lower }: Names, facts: Facts): Proposal {
  const fh = handleOf(lower);
  if (fh === null) return answer();
  const target = entryPlace(fh);
  return answer({
    action: "keep-entry",
    target,
    because,
    evidence: `no upper directory stands for ${quoted(old)}`,
    safety: "confirm",
    loses: null,
    steps: keep(facts, target),
  });
}

interface Names {
  /** The upper directory that stands for the lower one; null where the index entry leads to none. */
  readonly renamed: Buffer | null;
  /** The name under which the lower directory still shows. */
  readonly old: Buffer;
  readonly lower: LowerIdentity;
}

/** The finding is about either name: about the old one where its lookup fails, about the new one where both are shown. */
function namesOf(found: Finding<"redirect-uncovered">, facts: Facts): Names | null {
  const { path, layer, bytes } = found;
  if (path === null) return null;
  if (layer === "upper") {
    const old = bytes?.other;
    const lower = old === undefined ? null : lowerAt(facts, old);
    return old === undefined || lower === null ? null : { renamed: path, old, lower };
  }
  const lower = bytes?.fh === undefined ? lowerAt(facts, path) : { fh: bytes.fh };
  const fh = lower === null ? null : handleOf(lower);
  if (lower === null || fh === null) return null;
  return { renamed: bytes?.other ?? entryUpper(facts, fh), old: path, lower };
}

/** What shows under a path, with an upper directory or without. */
function lowerAt(facts: Facts, path: Buffer): LowerIdentity | null {
  const shown = facts.plain(path);
  const top = shown.kind === "found" ? shown.lower[0] : undefined;
  return shown.kind !== "found" || top === undefined ? null : identityOf({ lower: top, fh: shown.lowerFh });
}
