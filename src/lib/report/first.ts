/** Which code comes first: in the headline, among the groups, and in what to do next. */
import type { Code, Finding } from "../catalogue/index.js";
import type { CheckResult } from "./result.js";

const RANK = { error: 0, warning: 1, info: 2 } as const;

/** What makes others follow, or casts doubt on them: told before whatever it brings with it. */
const CAUSES: readonly Code[] = ["journal-unfinished", "index-missing"];

/** What the layers have on them was not read, or is lost: a mount that fails does so for that. */
const BLINDNESS: readonly Code[] = ["xattr-other-namespace", "xattrs-lost"];

/** Codes of severity error that others are consequences of, the cause of a mount that fails foremost. */
export function firstCodes({ prediction: { mount }, findings }: CheckResult): Code[] {
  const causes = [...new Set([...BLINDNESS, ...(mount.ok ? [] : [mount.cause]), ...CAUSES])];
  const isFound = (code: Code): boolean => findings.some((f) => f.code === code && f.severity === "error");
  return causes.filter(isFound);
}

/** The code to deal with first: the worst severity, and among those what keeps the overlay from mounting. */
export function worstCode(findings: readonly Finding[], cause: Code | null): Code | null {
  const blind = BLINDNESS.find((one) =>
    findings.some(({ code, severity }) => code === one && severity === "error"),
  );
  if (blind !== undefined) return blind;
  let worst: Finding | null = null;
  for (const found of findings) {
    if (found.code === cause && found.severity === "error") return cause;
    if (worst === null || RANK[found.severity] < RANK[worst.severity]) worst = found;
  }
  return worst?.code ?? null;
}
