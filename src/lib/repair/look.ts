/** One look at the overlay: what is wrong, and what would be done about it. Nothing is written. */
import type { Finding } from "../catalogue/index.js";
import { withCheck } from "../check.js";
import { planNext } from "../migrations/index.js";
import type { MountSpec } from "../mount/spec.js";
import { DiskFacts } from "../plan/disk-facts.js";
import { makePlan, type WritableLowers } from "../plan/plan.js";
import { plannersFor } from "../plan/planners/index.js";
import type { Plan } from "../plan/types.js";
import type { CheckResult } from "../report/result.js";
import { whyNotWritten } from "./gate.js";
import type { Given } from "./old-lower.js";
import type { Migrated, RunRequest, Trouble } from "./run-result.js";
import { type Target, targetOf, type WriteHost, writableLowers } from "./workplace.js";

/** A request with the old layers that it names, open. */
export interface Asked extends RunRequest {
  readonly given: Given;
}

export interface Look {
  readonly result: CheckResult;
  readonly plan: Plan;
  /** What the plan of `migrate` is for. */
  readonly migration: Omit<Migrated, "round"> | null;
  /** Where it is written; null where a layer cannot be opened, or there is no upper one. */
  readonly target: Target | null;
  /** Why nothing may be written. */
  readonly trouble: Trouble | null;
  /** A run that was interrupted has left this. It is dealt with before there is a plan. */
  readonly interrupted: Finding<"journal-unfinished"> | null;
}

const NOTHING: Plan = { actions: [], left: [] };

/** `ownRun`: the run that is under way, whose journal is open for that reason. */
export function lookAt(
  spec: MountSpec,
  request: Asked,
  host: WriteHost,
  ownRun: string | null = null,
): Promise<Look> {
  const { command, require, lower = false, clearVolatile = false, force = false, onProgress } = request;
  const progress = onProgress === undefined ? {} : { onProgress };
  const asked = { require, force, each: true, host, ownRun, ...progress };
  return withCheck(spec, asked, ({ result, layers }) => {
    const trouble = whyNotWritten(result, { command, clearVolatile }) ?? request.given.trouble;
    const target = layers === null ? null : targetOf(spec, layers.stack);
    const interrupted = result.findings.find(isInterrupted) ?? null;
    const seen = { result, target, trouble, interrupted, migration: null };
    if (trouble !== null || layers === null) return { ...seen, plan: NOTHING };
    const facts = new DiskFacts(require, layers);
    if (request.migrate !== undefined) {
      const { wishes } = request.migrate;
      const { migration, notices, ...plan } = planNext({
        result,
        facts,
        wishes,
        lower,
        old: request.given.old,
      });
      return { ...seen, plan, migration: migration === null ? null : { ...migration, notices } };
    }
    const findings = result.findings.filter((found) => !isInterrupted(found));
    const planners = plannersFor(command, { clearVolatile });
    const writable: WritableLowers = lower ? writableLowers(layers.stack) : new Map();
    return { ...seen, plan: makePlan(findings, planners, facts, { lower: writable }) };
  });
}

function isInterrupted(found: Finding): found is Finding<"journal-unfinished"> {
  return found.code === "journal-unfinished";
}
