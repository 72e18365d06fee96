/** Exit codes: the bits of fsck(8). */
import { isFatal } from "../catalogue/index.js";
import type { CheckResult } from "./result.js";

export const EXIT = {
  clean: 0,
  corrected: 1,
  problems: 4,
  incomplete: 8,
  usage: 16,
  cancelled: 32,
} as const;

/**
 * The exit code of a check.
 *
 * Bit 8 where anything kept the check from being carried through, a provisional result included:
 * silence has to mean proof. Bit 4 where something was found out that is wrong: a finding of severity
 * error, with `strict` a warning too, or an overlay that is not ready for what was required.
 */
export function exitCode(result: CheckResult, strict: boolean): number {
  let code: number = EXIT.clean;
  if (!result.complete || result.provisional || result.findings.some(isFatal)) code |= EXIT.incomplete;
  const counts = (severity: string): boolean => severity === "error" || (strict && severity === "warning");
  if (result.findings.some((found) => counts(found.severity) && !isFatal(found))) code |= EXIT.problems;
  // Where the check ended early, not being ready says nothing that bit 8 does not say.
  if (!result.ready && code === EXIT.clean) code |= EXIT.problems;
  return code;
}
