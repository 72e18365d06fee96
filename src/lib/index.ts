/** The library: what the commands use, for programs. */

export type { AnyFinding, Code, Finding, Severity } from "./catalogue/index.js";
export { CATALOGUE, isCode } from "./catalogue/index.js";
export { type CheckRequest, check } from "./check.js";
export type { MountSpec, RequestedOptions, Require } from "./mount/spec.js";
export type * from "./repair/run-result.js";
export { journals, repair, undo } from "./repair.js";
export type { CheckResult } from "./report/result.js";
export { VERSION } from "./version.js";
