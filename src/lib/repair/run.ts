/**
 * `repair` and `build`: check, plan, ask, apply; and again, for what was done may bring to light what could not be
 * seen before (an entry that refuses the mount hides what is behind it), until there is nothing left to plan. All
 * rounds share one journal, and the last check is the result.
 */
import type { Finding } from "../catalogue/index.js";
import { withCheck } from "../check.js";
import { planNext } from "../migrations/index.js";
import type { MountSpec } from "../mount/spec.js";
import { DiskFacts } from "../plan/disk-facts.js";
import { changesNames, countsOnAbsence, namesFirst } from "../plan/names-first.js";
import { makePlan } from "../plan/plan.js";
import { plannersFor } from "../plan/planners/index.js";
import type { Action, Plan } from "../plan/types.js";
import type { CheckResult } from "../report/result.js";
import { VERSION } from "../version.js";
import { whyNotWritten } from "./gate.js";
import { Ledger } from "./ledger.js";
import { type Given, withOldLower } from "./old-lower.js";
import {
  type Migrated,
  REPAIR_SCHEMA,
  type Recovery,
  type RunRequest,
  type RunResult,
  type Trouble,
} from "./run-result.js";
import { pending, type Target, targetOf, Workplace, type WriteHost } from "./workplace.js";

/** More than any known damage takes: a plan that goes round in circles has to end. */
const MOST_ROUNDS = 10;

/** One look at the overlay: what is wrong, and what would be done about it. */
interface Look {
  readonly result: CheckResult;
  readonly plan: Plan;
  /** What the plan of `migrate` is for. */
  readonly migration: Omit<Migrated, "round"> | null;
  /** Where it is written; null where a layer cannot be opened, or there is no upper one. */
  readonly target: Target | null;
  /** Why nothing may be written. */
  readonly trouble: Trouble | null;
  /** A run that was interrupted has left this. */
  readonly interrupted: Finding | null;
}

/** A request with the old layers that it names, open. */
interface Asked extends RunRequest {
  readonly given: Given;
}

/** Carry a command out. Never throws for what is wrong with the overlay: that is in the result. */
export function run(spec: MountSpec, request: RunRequest, host: WriteHost): Promise<RunResult> {
  return withOldLower(host, spec, request.migrate, (given) => carryOut(spec, { ...request, given }, host));
}

async function carryOut(spec: MountSpec, request: Asked, host: WriteHost): Promise<RunResult> {
  const ledger = new Ledger();
  const isDry = request.mode === "dry-run";
  let before: CheckResult | null = null;
  let recovered: Recovery | null = null;
  let workplace: Workplace | null = null;
  let applied = 0;
  const migrations: Migrated[] = [];
  let rounds = 0;
  let trouble: Trouble | null = null;
  let look = await lookAt(spec, request, host);
  request.onEvent?.({ kind: "stack", overlay: look.result.overlay });
  try {
    const { interrupted, target } = look;
    if (interrupted !== null && target !== null && look.trouble === null) {
      if (isDry) recovered = pending(target, interrupted);
      else {
        const opened = Workplace.open(host, target, request.lower ?? false);
        if ("kind" in opened) trouble = opened;
        else {
          workplace = opened;
          const recovery = opened.recover();
          if (recovery !== null && "kind" in recovery) trouble = recovery;
          else recovered = recovery;
          if (trouble === null) look = await lookAt(spec, request, host);
        }
      }
      if (recovered !== null) request.onEvent?.({ kind: "recovered", recovery: recovered });
    }
    before = look.result;
    while (trouble === null) {
      rounds++;
      request.onEvent?.({ kind: "checked", round: rounds, result: look.result });
      trouble = look.trouble;
      if (trouble !== null || look.target === null) break;
      const wanted = ledger.open(look.plan.actions);
      const open = ledger.hasDeclined(changesNames) ? wanted.filter((one) => !countsOnAbsence(one)) : wanted;
      // What is shown without being done is all that there is to say.
      const now = isDry ? open : namesFirst(open);
      ledger.plan(now, rounds);
      if (look.migration !== null && open.length > 0) {
        const migration = { ...look.migration, round: rounds };
        migrations.push(migration);
        request.onEvent?.({ kind: "migrating", migration });
      }
      if (open.length === 0 || isDry || rounds > MOST_ROUNDS) break;
      const decision = await request.decide({ actions: now, left: look.plan.left }, rounds);
      if (decision === "quit") {
        trouble = { kind: "cancelled", message: "ended before the rest of the plan" };
        break;
      }
      const accepted = withoutIndex(now, decision) ? decision.filter((one) => !isInIndex(one)) : decision;
      const taken = new Set(accepted);
      ledger.mark(
        now.filter((action) => !taken.has(action)),
        "declined",
      );
      if (accepted.length === 0) {
        if (now.length < open.length) continue;
        break;
      }
      const place = workplace ?? Workplace.open(host, look.target, request.lower ?? false);
      if ("kind" in place) {
        trouble = place;
        break;
      }
      workplace = place;
      const outcome = place.apply(request.command, accepted, request.asked);
      applied += outcome.done;
      ledger.mark(accepted.slice(0, outcome.done), "applied");
      trouble = outcome.trouble;
      if (trouble === null && request.asked()) {
        trouble = { kind: "cancelled", message: "ended before what was done could be checked" };
      }
      if (trouble === null) look = await lookAt(spec, request, host, place.runId);
    }
  } finally {
    const late = workplace?.close() ?? null;
    trouble ??= late;
  }
  const plan = ledger.all();
  const remaining = isDry ? look.plan.left.map(({ finding }) => finding) : look.result.findings;
  return {
    schema: REPAIR_SCHEMA,
    tool: { version: VERSION },
    command: request.command,
    mode: request.mode,
    overlay: look.result.overlay,
    require: request.require,
    before,
    plan,
    migrations,
    left: look.plan.left,
    rounds,
    applied,
    recovered,
    journal: workplace?.journal ?? null,
    kept: workplace?.kept ?? [],
    after: isDry || trouble !== null ? null : look.result,
    remaining,
    changed: isDry ? plan.length > 0 : applied > 0 || (recovered !== null && recovered.changes > 0),
    trouble,
  };
}

function lookAt(
  spec: MountSpec,
  request: Asked,
  host: WriteHost,
  ownRun: string | null = null,
): Promise<Look> {
  const { command, require, lower = false, clearVolatile = false, force = false, onProgress } = request;
  const asked = {
    require,
    force,
    each: true,
    host,
    ownRun,
    ...(onProgress === undefined ? {} : { onProgress }),
  };
  return withCheck(spec, asked, ({ result, layers }) => {
    const trouble = whyNotWritten(result, { command, clearVolatile }) ?? request.given.trouble;
    const target = layers === null ? null : targetOf(spec, layers.stack);
    // It is answered before there is a plan.
    const interrupted = result.findings.find(({ code }) => code === UNFINISHED) ?? null;
    const seen = { result, target, trouble, interrupted, migration: null };
    if (trouble !== null || layers === null) return { ...seen, plan: NOTHING };
    const facts = new DiskFacts(require, layers);
    if (request.migrate !== undefined) {
      const { wishes } = request.migrate;
      const { migration, notices, ...plan } = planNext({ result, facts, wishes, old: request.given.old });
      return { ...seen, plan, migration: migration === null ? null : { ...migration, notices } };
    }
    const findings = result.findings.filter(({ code }) => code !== UNFINISHED);
    const planners = plannersFor(command, { clearVolatile });
    return { ...seen, plan: makePlan(findings, planners, facts, { lower }) };
  });
}

/** The index directory is not to be made: nothing can be put into it. */
function withoutIndex(planned: readonly Action[], accepted: readonly Action[]): boolean {
  return planned.some((one) => one.action === "make-index" && !accepted.includes(one));
}

const isInIndex = ({ target }: Action): boolean =>
  target.layer === "work" && target.path.toString("latin1").startsWith("index/");

const UNFINISHED: string = "journal-unfinished";
const NOTHING: Plan = { actions: [], left: [] };
