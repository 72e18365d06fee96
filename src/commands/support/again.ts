/** The flags that "next: ovl-index migrate …" has to repeat: without --old-lower it would be another migration. */
import { files } from "../../lib/host/files.js";
import { resolvePath } from "../../lib/mount/bytes.js";
import { formatLowerdir } from "../../lib/mount/lowerdir.js";
import type { MigrateRequest } from "../../lib/repair/run-result.js";
import { shellBytes } from "../../lib/report/text.js";

/** What decides what a run does, beside the overlay, what it is for and -n, -p or -y. */
interface Deciding {
  readonly force: boolean;
  readonly lower: boolean;
  readonly clearVolatile: boolean;
  readonly migrate?: MigrateRequest;
}

export function wordsAgain({ force, lower, clearVolatile, migrate }: Deciding): string {
  const { trustPaths = false, detach = false, only = null } = migrate?.wishes ?? {};
  const old = (migrate?.oldLower ?? []).map((path) => resolvePath(files.cwd(), path));
  const words = [
    ...(force ? ["-f"] : []),
    ...(detach ? ["--detach"] : []),
    ...(only ?? []).map((name) => `--only ${name}`),
    ...(old.length > 0 ? [`--old-lower ${shellBytes(formatLowerdir({ lower: old, data: [] }))}`] : []),
    ...(trustPaths ? ["--trust-paths"] : []),
    ...(lower ? ["--write-lower"] : []),
    ...(clearVolatile ? ["--clear-volatile"] : []),
  ];
  return words.map((word) => `${word} `).join("");
}
