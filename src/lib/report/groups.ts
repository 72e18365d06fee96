/** Findings by kind, in the order in which reports for people tell them. */
import type { Code, Finding, Severity } from "../catalogue/index.js";
import { firstCodes } from "./first.js";
import type { CheckResult } from "./result.js";
import { showPath } from "./text.js";

export const SEVERITIES: readonly Severity[] = ["error", "warning", "info"];

export interface Group {
  readonly code: Code;
  readonly severity: Severity;
  readonly findings: Finding[];
}

/** One group a code and severity: what the headline names, then worst first, then by number. */
export function groupsOf(result: CheckResult): Group[] {
  const first = firstCodes(result);
  const rankOf = ({ code }: Group): number => (first.includes(code) ? first.indexOf(code) : first.length);
  const groups = new Map<string, Group>();
  for (const found of result.findings) {
    const key = `${found.severity} ${found.code}`;
    const group = groups.get(key);
    if (group === undefined)
      groups.set(key, { code: found.code, severity: found.severity, findings: [found] });
    else group.findings.push(found);
  }
  return [...groups.values()].sort(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      rankOf(a) - rankOf(b) ||
      b.findings.length - a.findings.length,
  );
}

/** "upper:dir/file"; empty where no place is meant. */
export function placeOf({ layer, path }: Finding): string {
  if (path === null) return layer ?? "";
  return layer === null ? showPath(path) : `${layer}:${showPath(path)}`;
}
