/** Redirects that lead nowhere: put right where the disk says what was meant, else taken off. */
import type { Finding } from "../../catalogue/index.js";
import { text } from "../../checks/context.js";
import { decodeRedirect } from "../../format/redirect.js";
import { isDir, isReg } from "../../kernel/env.js";
import type { Facts } from "../facts.js";
import type { Action, Proposal, Step } from "../types.js";
import { answer, removeXattr, setXattr, upperAt } from "./changes.js";
import { detach, needsOpaque, unmerge } from "./detach.js";
import { keepOwnEntry } from "./directory-entries.js";
import { findLowerDirectory, type LowerDirectory, type NothingFound } from "./lower-directory.js";
import { isOpaqueUpper, originOf } from "./lower-parts.js";
import { dataRedirect } from "./metacopy-data.js";

type Dangling = "redirect-dangling" | "redirect-not-directory" | "redirect-hidden";

export function mendDangling(found: Finding<Dangling>, facts: Facts): Proposal {
  return found.layer === "upper" && found.path !== null ? redirectOrDrop(found, found.path, facts) : IN_LOWER;
}

export function mendMalformed(
  found: Finding<"redirect-malformed" | "lookup-refused">,
  facts: Facts,
): Proposal {
  const { path, layer } = found;
  if (layer !== "upper" || path === null) return IN_LOWER;
  const object = facts.examine(upperAt(path));
  if (object === null) return answer();
  if (isDir(object)) return redirectOrDrop(found, path, facts);
  const at = upperAt(path);
  if (!isReg(object) || !object.xattrs.has("metacopy")) {
    return answer({
      action: "remove-redirect",
      target: at,
      because: found,
      evidence:
        "only a directory or a file without data of its own has a redirect: the kernel does not read it",
      safety: "auto",
      loses: null,
      steps: removeXattr(facts, at, "redirect"),
    });
  }
  const data = dataRedirect(facts, path);
  if (data === null)
    return { left: "Bring its data back to the lower layer: which file has them cannot be told." };
  return answer({
    action: data.redirect === null ? "remove-redirect" : "set-redirect",
    target: at,
    because: found,
    evidence: data.evidence,
    safety: "confirm",
    loses: null,
    steps: setXattr(facts, at, "redirect", data.redirect),
  });
}

/** A redirect through a name that no directory can hold is well-formed, and cannot be followed either. */
export function hasUnusableRedirect(facts: Facts, path: Buffer): boolean {
  const raw = facts.examine(upperAt(path))?.xattrs.get("redirect");
  const verdict = Buffer.isBuffer(raw) ? decodeRedirect(raw) : null;
  return verdict?.kind === "valid" && verdict.unusable;
}

const IN_LOWER: Proposal = {
  left: "Mend it where this layer is the upper one, or have the layer made anew without it.",
};

function redirectOrDrop(found: Finding, path: Buffer, facts: Facts): Proposal {
  const at = upperAt(path);
  if (isOpaqueUpper(facts, path)) {
    return answer({
      action: "remove-redirect",
      target: at,
      because: found,
      evidence: "the directory is opaque, so that the kernel does not look where it leads",
      safety: "auto",
      loses: null,
      steps: removeXattr(facts, at, "redirect"),
    });
  }
  const search = findLowerDirectory(facts, path);
  return answer(
    search.found === null ? drop(found, path, facts, search) : redirectTo(found, path, facts, search.found),
  );
}

/** Let the directory show the lower one that it was made of. `loses`: what it shows now instead, if anything. */
export function redirectTo(
  found: Finding,
  path: Buffer,
  facts: Facts,
  lower: LowerDirectory,
  loses: string | null = null,
): Action {
  const { redirect, fh, evidence } = lower;
  return {
    action: redirect === null ? "remove-redirect" : "set-redirect",
    target: upperAt(path),
    because: found,
    evidence: redirect === null ? `${evidence}, where its own name leads` : evidence,
    safety: "confirm",
    loses,
    steps: [...becomeCopyOf(facts, path, fh), ...setXattr(facts, upperAt(path), "redirect", redirect)],
  };
}

function drop(found: Finding, path: Buffer, facts: Facts, { refuted, taken }: NothingFound): Action {
  const at = upperAt(path);
  const hides = needsOpaque(facts, path);
  const changesNothing = !hides && facts.plain(path).kind === "found";
  const raw = facts.examine(at)?.xattrs.get("redirect");
  return {
    action: "remove-redirect",
    target: at,
    because: found,
    evidence: hides
      ? `${refuted}; lower layers have another directory of its name, which opaque keeps out`
      : refuted,
    // What the kernel shows is the same with it and without; handles of old lead elsewhere if the origin goes too.
    safety: changesNothing && !taken ? "auto" : "confirm",
    loses: changesNothing || taken ? null : `the redirect "${text(raw)}", should what it led to come back`,
    steps: taken ? detach(facts, path) : unmerge(facts, path),
  };
}

/** The origin has to be there before a lookup merges the two: it is compared then. */
function becomeCopyOf(facts: Facts, path: Buffer, fh: Buffer): Step[] {
  const origin = originOf(facts, path);
  if (origin?.equals(fh) === true) return [];
  const old = origin === null ? [] : keepOwnEntry(facts, origin, path);
  return [...old, ...setXattr(facts, upperAt(path), "origin", fh)];
}
