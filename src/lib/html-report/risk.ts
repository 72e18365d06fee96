/** Which handles that clients may hold are at risk, as far as a check knows. */
import { type Code, entryOf, type Finding } from "../catalogue/index.js";
import type { CheckResult } from "../report/index.js";

export interface Risks {
  /** Handles lead to an object that is not the one they were given out for. */
  readonly wrong: readonly Finding[];
  /** The object is there, and its handle gives ESTALE. */
  readonly stale: readonly Finding[];
  /** Index entries that the mount takes away or turns into tombstones: what their handles lead to changes with it. */
  readonly entries: readonly { readonly name: string; readonly becomes: "nothing" | "a tombstone" }[];
  /** Names by which clients do not get to an object, whatever its handle does. */
  readonly names: readonly { readonly path: Buffer; readonly errno: string }[];
}

/** A handle of what has such a finding gives ESTALE. */
const STALE: ReadonlySet<Code> = new Set(["tombstone-over-reachable"]);
/** Names of a hard link that were split off: old handles of them lead to another file's data, and it is no error. */
const SPLIT: Code = "hardlink-split";

export function risksOf({ findings, prediction }: CheckResult): Risks {
  const isWrong = ({ code, severity, path }: Finding): boolean =>
    path !== null &&
    entryOf(code).kernel.effect === "wrong-object" &&
    (severity === "error" || code === SPLIT);
  return {
    wrong: findings.filter(isWrong),
    stale: findings.filter(({ code }) => STALE.has(code)),
    entries: [
      ...prediction.index.removed.map((name) => ({ name, becomes: "nothing" as const })),
      ...prediction.index.tombstoned.map((name) => ({ name, becomes: "a tombstone" as const })),
    ],
    names: [
      ...prediction.lookup,
      // The kernel's answer to a lookup of what is not there.
      ...prediction.hidden.map((path) => ({ path, errno: "ENOENT" })),
    ],
  };
}
