/** How the reports of runs are printed. */
import type { Paint } from "../report/paint.js";

export interface RunTextOptions {
  readonly paint: Paint;
  /** Columns. */
  readonly width: number;
  /** Every action, not the first few of each kind. */
  readonly all: boolean;
  /** Also single steps, and names of index entries in full. */
  readonly verbose: boolean;
  /** Commands that this version has. */
  readonly commands: ReadonlySet<string>;
  /** Flags that the same command has to be given again to do the same, each with a blank behind it. */
  readonly again: string;
}
