import type { Verified } from "../handles/verify.js";
import { EXIT } from "../report/exit.js";

/**
 * 4 where a handle is wrong, or stale though its object is still there. 8 where not all of the overlay could be read,
 * or it was in use: what was found out may not be all.
 */
export function verifyExitCode({ verdicts, check }: Verified): number {
  const isWhole = check === null || (check.complete && !check.provisional);
  const isSound = verdicts.count("wrong") + verdicts.count("stale") === 0;
  return (isWhole ? EXIT.clean : EXIT.incomplete) | (isSound ? EXIT.clean : EXIT.problems);
}
