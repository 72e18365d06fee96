/**
 * The folders that runs leave in WORKDIR/ovl-index: 0007-repair.open while one runs, 0007-repair when it has ended,
 * .undoing while it is taken back, .undone, and .left where it can neither be finished nor taken back.
 */

/** Below the work directory; the kernel never looks there. */
export const JOURNALS = "ovl-index";

/** How far a run has come, as the name of its folder tells; `finished` has no ending. */
export type JournalState = "open" | "finished" | "undoing" | "undone" | "left";

export interface JournalName {
  /** "0007-repair" */
  readonly id: string;
  readonly number: number;
  readonly state: JournalState;
}

/** Digits of the largest number that a run may have. */
const DIGITS = 15;
/** Of a run; there can be none after it. */
export const LAST_NUMBER = 10 ** DIGITS - 1;

/**
 * Name of the empty file that tells the largest number that a run of which something was done has had: it outlives
 * that run's folder, so that the runs before it are known to have been followed by one.
 */
export const markName = (number: number): string => `last-${String(number).padStart(4, "0")}`;

/** Null where it is no such file. */
export function parseMarkName(name: string): number | null {
  const found = /^last-([0-9]{4,15})$/.exec(name);
  return found === null ? null : Number(found[1]);
}

/** It would be a run's folder, but for its number. */
export const isOverflown = (name: string): boolean => /^[0-9]{16,}-[a-z-]+(\.|$)/.test(name);

/** Null where it is no folder of a run. */
export function parseJournalName(name: string): JournalName | null {
  const found = /^([0-9]{4,15})-([a-z-]+)(?:\.(open|undoing|undone|left))?$/.exec(name);
  if (found === null) return null;
  const state = (found[3] ?? "finished") as JournalState;
  return { id: `${found[1]}-${found[2]}`, number: Number(found[1]), state };
}

/** Name of the folder of run `id` ("0007-repair") in this state. */
export function journalName(id: string, state: JournalState): string {
  return state === "finished" ? id : `${id}.${state}`;
}

/** It was interrupted: whoever writes next has to deal with it first. */
export function isInterrupted({ state }: Pick<JournalName, "state">): boolean {
  return state === "open" || state === "undoing";
}
