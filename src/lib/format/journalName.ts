/**
 * The folders that runs leave in WORKDIR/ovl-index: 0007-repair.open while one runs, 0007-repair when it has ended,
 * .undoing while it is taken back, .undone, and .left where it can neither be finished nor taken back.
 */

/** Below the work directory; the kernel never looks there. */
export const JOURNALS = "ovl-index";

export type JournalState = "open" | "finished" | "undoing" | "undone" | "left";

export interface JournalName {
  /** "0007-repair" */
  readonly id: string;
  readonly number: number;
  readonly state: JournalState;
}

/** Null where it is no folder of a run. */
export function parseJournalName(name: string): JournalName | null {
  const found = /^([0-9]{4,15})-([a-z-]+)(?:\.(open|undoing|undone|left))?$/.exec(name);
  if (found === null) return null;
  const state = (found[3] ?? "finished") as JournalState;
  return { id: `${found[1]}-${found[2]}`, number: Number(found[1]), state };
}

export function journalName(id: string, state: JournalState): string {
  return state === "finished" ? id : `${id}.${state}`;
}

/** It was interrupted: whoever writes next has to deal with it first. */
export function isInterrupted({ state }: Pick<JournalName, "state">): boolean {
  return state === "open" || state === "undoing";
}
