import type { CheckResult } from "../report/index.js";

/** What a report is made of. */
export interface ReportInput {
  /** Of a check that has counted what is in the index, if the page shall show that. */
  readonly result: CheckResult;
  /** Commands that this version has. */
  readonly commands: ReadonlySet<string>;
  /** What the report says about itself. */
  readonly made: {
    /** Seconds are enough: "2026-11-23 15:20:51 UTC" */
    readonly when: string;
    readonly host: string;
    readonly kernel: string;
  };
}
