/**
 * What fsck.overlay makes of each finding. It is asked less than `check`: whether the overlay is consistent, not
 * whether it is ready for an export; and it may do unattended what its callers have always known it to do.
 */
import type { Code, Finding } from "../catalogue/index.js";
import type { Action } from "../plan/types.js";

/**
 * - `always`: something is wrong.
 * - `index`: something is wrong where the index counts.
 * - `severe`: something is wrong where the check itself calls it an error.
 * - `never`: not worth a word.
 * - `fatal`: nothing can be said of the overlay.
 */
export type Weight = "always" | "index" | "severe" | "never" | "fatal";

/** Which of the planned changes are accepted: `safe` are those that the plan calls safe unattended. */
export type Accepted = "all" | "safe" | "none";

export interface Rule {
  readonly wrong: Weight;
  /** The same where the finding is about a lower layer by itself, compared with those below it. */
  readonly inLower: "always" | "never";
  readonly preen: Accepted;
  readonly yes: Exclude<Accepted, "safe">;
}

const IGNORED: Rule = { wrong: "never", inLower: "never", preen: "none", yes: "none" };
/** No error, and put right by the way. */
const TIDIED: Rule = { wrong: "never", inLower: "never", preen: "all", yes: "all" };
const FATAL: Rule = { wrong: "fatal", inLower: "never", preen: "none", yes: "none" };
/** For a person: other options, other layers, a newer kernel. */
const LEFT: Rule = { wrong: "always", inLower: "never", preen: "none", yes: "none" };
const WRONG: Rule = { wrong: "always", inLower: "never", preen: "safe", yes: "all" };
const INDEXED: Rule = { wrong: "index", inLower: "never", preen: "safe", yes: "all" };
const EACH_LAYER: Rule = { wrong: "always", inLower: "always", preen: "safe", yes: "all" };

export const POLICY = {
  // The layers, and what mount(2) is given.
  "layer-missing": FATAL,
  "layer-not-directory": FATAL,
  "layers-overlap": FATAL,
  "layer-twice": FATAL,
  "layer-unreadable": FATAL,
  "layer-trapped": FATAL,
  "work-other-mount": FATAL,
  "work-inside-upper": FATAL,
  "work-missing": FATAL,
  "too-few-layers": FATAL,
  "mount-option-invalid": FATAL,
  "upper-not-supported": FATAL,
  "fs-no-xattrs": FATAL,
  "no-privilege": FATAL,
  // The run itself refuses to write; -n goes on.
  "layers-in-use": IGNORED,
  "upper-readonly": IGNORED,
  "volatile-dirty": LEFT,
  "incompat-feature": LEFT,
  "options-conflict": LEFT,
  // Features that fall back: what they are for is not asked here.
  "option-fallback": IGNORED,
  "fs-no-handles": IGNORED,
  "fs-no-dtype": IGNORED,
  "uuid-null": IGNORED,
  "uuid-conflict": IGNORED,

  // The ties between the roots.
  "root-origin-missing": IGNORED,
  "root-origin-mismatch": INDEXED,
  "root-origin-invalid": INDEXED,
  "index-upper-missing": IGNORED,
  "index-upper-mismatch": INDEXED,
  "index-upper-invalid": INDEXED,
  "index-missing": INDEXED,
  "index-not-directory": INDEXED,
  "uuid-mode-changed": INDEXED,
  "xattrs-lost": { ...LEFT, wrong: "severe" },

  // Entries of the index.
  "entry-name-invalid": INDEXED,
  "entry-name-unknown": { ...LEFT, wrong: "index" },
  "entry-name-noncanonical": INDEXED,
  "entry-upper-missing": INDEXED,
  "entry-upper-unknown": INDEXED,
  "entry-upper-stale": INDEXED,
  "entry-upper-not-directory": INDEXED,
  "entry-origin-mismatch": INDEXED,
  "entry-origin-missing": INDEXED,
  "entry-origin-stale": INDEXED,
  "entry-type-wrong": INDEXED,
  "entry-other-inode": INDEXED,
  "tombstone-over-reachable": INDEXED,
  "nlink-malformed": INDEXED,
  "entry-foreign": IGNORED,
  // What kernels leave behind themselves, and clean up with the next mount or live with.
  "entry-orphan": IGNORED,
  "nlink-wrong": IGNORED,
  "index-temporary": IGNORED,

  // Ready for an export, or not: that is not asked here.
  "copied-up-not-indexed": IGNORED,
  "tombstone-missing": IGNORED,
  "copy-up-on-encode": IGNORED,
  "middle-redirect": IGNORED,
  "hardlink-split": IGNORED,

  // Where objects came from.
  "origin-duplicate": INDEXED,
  "origin-invalid": INDEXED,
  "origin-type-mismatch": INDEXED,
  "origin-unknown": IGNORED,
  "origin-stale": IGNORED,
  "origin-outside-layers": IGNORED,
  "merge-origin-mismatch": INDEXED,
  // What is missing besides the origin is the mark of its parent.
  "merge-origin-missing": TIDIED,
  "impure-missing": TIDIED,

  // Names.
  "redirect-dangling": EACH_LAYER,
  "redirect-not-directory": EACH_LAYER,
  "redirect-hidden": EACH_LAYER,
  "redirect-malformed": EACH_LAYER,
  "redirect-duplicate": { ...EACH_LAYER, preen: "none" },
  // A middle layer need not cover what it has renamed.
  "redirect-uncovered": WRONG,
  "redirect-not-followed": LEFT,
  "lookup-refused": WRONG,
  "whiteout-orphan": EACH_LAYER,
  "whiteout-in-opaque": EACH_LAYER,
  "whiteout-xattr-unmarked": IGNORED,
  "opaque-invalid": IGNORED,
  "xattr-escaped": IGNORED,
  // Of an overlay that is nested in this one it is no error.
  "xattr-other-namespace": { ...LEFT, wrong: "severe" },
  "metacopy-no-data": WRONG,
  "metacopy-invalid": WRONG,
  "metacopy-not-followed": LEFT,
  "metacopy-origin-mismatch": INDEXED,

  // The check itself.
  "layer-changed": FATAL,
  unreadable: FATAL,
  "xattr-unreadable": FATAL,
  "journal-unfinished": LEFT,
} as const satisfies Record<Code, Rule>;

const ruleOf = (code: Code): Rule => POLICY[code];

/** Is something wrong? `index`: whether the index counts. */
export function isWrong({ code, layer, severity }: Finding, index: boolean): boolean {
  const { wrong, inLower } = ruleOf(code);
  if (wrong === "index") return index;
  if (wrong === "severe") return severity === "error";
  return wrong === "always" || (inLower === "always" && layer?.startsWith("lower") === true);
}

export const isFatalHere = ({ code }: Finding): boolean => ruleOf(code).wrong === "fatal";

/** Something is done about it, be it wrong or not. */
export function isMended(found: Finding, index: boolean): boolean {
  return isWrong(found, index) || ruleOf(found.code).preen === "all";
}

/** Is it looked for in each lower layer by itself? */
export function countsInLower({ code }: Finding): boolean {
  return ruleOf(code).inLower === "always" || code === "impure-missing";
}

export type Mode = "dry-run" | "preen" | "yes";

/** Is an action accepted that answers a finding of this code? */
export function isAccepted({ safety }: Action, code: Code, mode: Mode): boolean {
  const { preen, yes } = ruleOf(code);
  if (mode === "dry-run") return false;
  const accepted = mode === "preen" ? preen : yes;
  return accepted === "all" || (accepted === "safe" && safety === "auto");
}
