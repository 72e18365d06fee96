import type { Run } from "./run.js";
import {
  type ApplyHost,
  type JournalSummary,
  type Recovery,
  type SessionOptions,
  type Target,
  Trouble,
  type UndoResult,
} from "./types.js";

export interface Session {
  /** Deal with a run that was interrupted. To be called first; {@link begin} refuses while there is one. */
  recover(): Recovery | Trouble;
  begin(command: string): Run | Trouble;
  /** Newest first. */
  journals(): readonly JournalSummary[] | Trouble;
  /** Only the newest run that is not undone can be. */
  undo(id: string, options: { readonly dryRun: boolean }): UndoResult | Trouble;
  /** Gives the lock back. */
  close(): void;
}

/** Lock the overlay for writing. Nothing is written yet. */
export function openSession(_host: ApplyHost, _target: Target, _options: SessionOptions): Session | Trouble {
  return new Trouble("unsupported", "this version cannot write");
}
