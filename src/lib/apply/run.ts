import type { Action } from "../plan/types.js";
import type { Applied, Kept, Trouble } from "./types.js";

export interface Run {
  /** "0007-repair" */
  readonly id: string;
  /** What it moved out of the layers so far. */
  readonly kept: readonly Kept[];
  /** Carry out actions in order. May be called again (the next round) unless there was trouble. */
  apply(actions: readonly Action[], asked: () => boolean): Applied;
  /** Close the journal. A run in which nothing was done leaves nothing behind. */
  finish(): Trouble | null;
}
