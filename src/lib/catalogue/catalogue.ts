/** The catalogue itself: every code once. A code without its entry does not compile. */
import { ENTRIES } from "./entries.js";
import type { Evidence } from "./evidence.js";
import { MOUNT } from "./mount.js";
import { NAMES } from "./names.js";
import { OBJECTS } from "./objects.js";
import { ROOTS } from "./roots.js";
import { RUN } from "./run.js";
import type { Code, Entries, Entry, Finding, FindingBytes, LayerName, Severity } from "./types.js";

/** Groups in the order in which the kernel meets them. */
export const GROUPS = {
  mount: MOUNT,
  roots: ROOTS,
  entries: ENTRIES,
  objects: OBJECTS,
  names: NAMES,
  run: RUN,
} as const;
export type Group = keyof typeof GROUPS;

export const CATALOGUE: Entries = { ...MOUNT, ...ROOTS, ...ENTRIES, ...OBJECTS, ...NAMES, ...RUN };

/** All codes, in catalogue order. */
export const CODES: readonly Code[] = Object.keys(CATALOGUE) as Code[];

export function isCode(text: string): text is Code {
  return Object.hasOwn(CATALOGUE, text);
}

/** The entry of a code. */
export function entryOf<C extends Code>(code: C): Entry<C> {
  return CATALOGUE[code];
}

/** Which group a code is in. */
export function groupOf(code: Code): Group {
  for (const group of Object.keys(GROUPS) as Group[]) {
    if (Object.hasOwn(GROUPS[group], code)) return group;
  }
  throw new Error(`no group has the code ${code}`);
}

/** The sentence about one finding, without its path. */
export function messageOf<C extends Code>(found: Finding<C>): string {
  return CATALOGUE[found.code].message(found.evidence, found.path?.toString("utf8") ?? null);
}

/** True where the finding means that the check could not be completed. */
export function isFatal(found: Finding): boolean {
  return CATALOGUE[found.code].fatal === true;
}

/**
 * Make a finding.
 * @param at Where: the layer's name and the path's bytes; null where no one object is meant.
 *   `severity` only where this context weighs differently from the catalogue.
 */
export function finding<C extends Code>(
  code: C,
  at: {
    readonly layer?: LayerName | null;
    readonly path?: Buffer | null;
    readonly evidence: Evidence[C];
    readonly severity?: Severity;
    readonly bytes?: FindingBytes;
  },
): Finding<C> {
  return {
    code,
    severity: at.severity ?? CATALOGUE[code].severity,
    layer: at.layer ?? null,
    path: at.path ?? null,
    evidence: at.evidence,
    ...(at.bytes === undefined ? {} : { bytes: at.bytes }),
  };
}
