/**
 * What is missing or has no name can only be told once every name leads where it should: below a redirect that is
 * broken all looks as if it were gone. So names are mended in a round of their own, and the rest is planned anew.
 */
import { type Code, type Finding, groupOf, isCode } from "../catalogue/index.js";
import type { Action, ActionKind } from "./types.js";

/** What may bring names back, or take them away. */
const CHANGES_NAMES: ReadonlySet<ActionKind> = new Set([
  "set-opaque",
  "remove-opaque",
  "set-redirect",
  "remove-redirect",
  "add-whiteout",
  "set-metacopy",
  "remove-mark",
]);

/** All of them where none changes what names lead to; else what is about names alone. */
export function namesFirst(actions: readonly Action[]): readonly Action[] {
  return actions.some(changesNames)
    ? actions.filter((one) => changesNames(one) || isAboutNames(one))
    : actions;
}

/** What is taken for gone, or for nobody's. */
const COUNTS_ON_ABSENCE: ReadonlySet<ActionKind> = new Set(["add-tombstone", "replace-entry", "keep-entry"]);

/** Names that lead nowhere now, or elsewhere under other options, and objects that do not say what they came from. */
const BROKEN: ReadonlySet<Code> = new Set([
  "redirect-malformed",
  "redirect-dangling",
  "redirect-not-directory",
  "redirect-not-followed",
  "lookup-refused",
  "merge-origin-mismatch",
  "metacopy-not-followed",
  "metacopy-no-data",
  "metacopy-origin-mismatch",
  "origin-invalid",
]);

export const isBrokenName = ({ code }: Finding): boolean => BROKEN.has(code);

/** Nothing is declared gone while a name is broken: it may be what that name leads to. */
export const countsOnAbsence = ({ action }: Action): boolean => COUNTS_ON_ABSENCE.has(action);

export const changesNames = ({ action, because }: Action): boolean =>
  isCode(because.code) && (CHANGES_NAMES.has(action) || because.code === "merge-origin-mismatch");

const isAboutNames = ({ because }: Action): boolean =>
  isCode(because.code) && groupOf(because.code) === "names";
