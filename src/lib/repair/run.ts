/**
 * `repair`, `build` and `migrate`: check, plan, ask, apply; and again, for what was done may bring to light what could
 * not be seen before (an entry that refuses the mount hides what is behind it), until there is nothing left to plan.
 * All rounds share one journal, and the last check is the result.
 */
import type { MountSpec } from "../mount/spec.js";
import { changesNames, countsOnAbsence, namesFirst } from "../plan/names-first.js";
import type { Action } from "../plan/types.js";
import type { CheckResult } from "../report/result.js";
import { VERSION } from "../version.js";
import { Ledger } from "./ledger.js";
import { type Look, lookAt } from "./look.js";
import { withOldLower } from "./old-lower.js";
import {
  type Migrated,
  REPAIR_SCHEMA,
  type Recovery,
  type RunRequest,
  type RunResult,
  type Trouble,
} from "./run-result.js";
import { findTarget, pending, type Target, Workplace, type WriteHost } from "./workplace.js";

/** More than any known damage takes: a plan that goes round in circles has to end. */
const MOST_ROUNDS = 10;

/** Carry a command out. Never throws for what is wrong with the overlay: that is in the result. */
export function run(spec: MountSpec, request: RunRequest, host: WriteHost): Promise<RunResult> {
  return withOldLower(host, spec, request.migrate, (given) =>
    runLooking(spec, request, host, (ownRun) => lookAt(spec, { ...request, given }, host, ownRun)),
  );
}

/** `ownRun`: the run that is under way, whose journal is open for that reason. */
export type LookAgain = (ownRun: string | null) => Promise<Look>;

/** The same by another look: it says what counts, and what would be done about it. */
export function runLooking(
  spec: MountSpec,
  request: RunRequest,
  host: WriteHost,
  look: LookAgain,
): Promise<RunResult> {
  return new Runner(spec, request, host, look).run();
}

class Runner {
  readonly #spec: MountSpec;
  readonly #request: RunRequest;
  readonly #host: WriteHost;
  readonly #lookAgain: LookAgain;
  readonly #isDry: boolean;
  readonly #ledger = new Ledger();
  readonly #migrations: Migrated[] = [];
  /** Locked before the first look, so that nobody comes between a plan and what it is made from; or why it is not. */
  #workplace: Workplace | Trouble | null = null;
  #recovered: Recovery | null = null;
  #trouble: Trouble | null = null;
  #applied = 0;
  #rounds = 0;

  constructor(spec: MountSpec, request: RunRequest, host: WriteHost, look: LookAgain) {
    this.#spec = spec;
    this.#request = request;
    this.#host = host;
    this.#lookAgain = look;
    this.#isDry = request.mode === "dry-run";
  }

  async run(): Promise<RunResult> {
    if (!this.#isDry) {
      const target = findTarget(this.#spec, this.#host);
      if (target !== null) this.#workplace = Workplace.open(this.#host, target, this.#request.lower ?? false);
    }
    let seen: { before: CheckResult; look: Look };
    try {
      seen = await this.#goRound();
    } finally {
      const late = this.#place?.close() ?? null;
      this.#trouble ??= late;
    }
    return this.#result(seen.before, seen.look);
  }

  async #goRound(): Promise<{ before: CheckResult; look: Look }> {
    let look = await this.#look();
    this.#request.onEvent?.({ kind: "stack", overlay: look.result.overlay });
    if (this.#recover(look)) look = await this.#look();
    const before = look.result;
    while (this.#trouble === null) {
      const goesOn = await this.#round(look);
      if (goesOn === "end") break;
      if (goesOn === "changed") look = await this.#look();
    }
    return { before, look };
  }

  #look(): Promise<Look> {
    return this.#lookAgain(this.#place?.runId ?? null);
  }

  get #place(): Workplace | null {
    return this.#workplace instanceof Workplace ? this.#workplace : null;
  }

  /** Deal with a run that was interrupted. True where the overlay is another one now. */
  #recover({ interrupted, target, trouble }: Look): boolean {
    if (interrupted === null || target === null || trouble !== null) return false;
    let done = false;
    if (this.#isDry) this.#recovered = pending(target, interrupted);
    else {
      const recovery = this.#open(target)?.recover() ?? null;
      if (recovery !== null && "kind" in recovery) this.#trouble = recovery;
      else this.#recovered = recovery;
      done = this.#trouble === null;
    }
    if (this.#recovered !== null) this.#request.onEvent?.({ kind: "recovered", recovery: this.#recovered });
    return done;
  }

  /** Where to write to what a look was at; null with trouble. */
  #open(target: Target): Workplace | null {
    const place = this.#workplace ?? Workplace.open(this.#host, target, this.#request.lower ?? false);
    this.#workplace = place;
    if (!(place instanceof Workplace)) this.#trouble = place;
    else if (place.isFor(target)) return place;
    else
      this.#trouble = { kind: "changed", message: "another directory is at a layer's path now: check again" };
    return null;
  }

  /** `held`: nothing was done, and there is something that was held back for what has been declined now. */
  async #round(look: Look): Promise<"changed" | "held" | "end"> {
    const { target, result, plan } = look;
    this.#rounds++;
    this.#request.onEvent?.({ kind: "checked", round: this.#rounds, result });
    this.#trouble = look.trouble;
    if (this.#trouble !== null || target === null) return "end";
    const open = this.#openActions(plan.actions);
    // What is shown without being done is all that there is to say.
    const now = this.#isDry ? open : namesFirst(open);
    this.#ledger.plan(now, this.#rounds);
    if (open.length === 0) return "end";
    this.#tellMigration(look);
    if (this.#isDry || this.#rounds > MOST_ROUNDS) return "end";
    const waiting = open.length - now.length;
    const decision = await this.#request.decide({ actions: now, left: plan.left }, this.#rounds, waiting);
    if (decision === "quit") {
      this.#trouble = { kind: "cancelled", message: "ended before the rest of the plan" };
      return "end";
    }
    const accepted = withoutIndex(now, decision) ? decision.filter((one) => !isInIndex(one)) : decision;
    const taken = new Set(accepted);
    this.#ledger.mark(
      now.filter((action) => !taken.has(action)),
      "declined",
    );
    if (accepted.length === 0) return waiting > 0 ? "held" : "end";
    await this.#apply(target, accepted);
    return this.#trouble === null ? "changed" : "end";
  }

  /** What nobody has declined, nor what would count on a name that stays broken. */
  #openActions(actions: readonly Action[]): readonly Action[] {
    const wanted = this.#ledger.open(actions);
    return this.#ledger.hasDeclined(changesNames) ? wanted.filter((one) => !countsOnAbsence(one)) : wanted;
  }

  #tellMigration({ migration }: Look): void {
    if (migration === null) return;
    const migrated = { ...migration, round: this.#rounds };
    this.#migrations.push(migrated);
    this.#request.onEvent?.({ kind: "migrating", migration: migrated });
  }

  async #apply(target: Target, accepted: readonly Action[]): Promise<void> {
    const { command, asked, onProgress } = this.#request;
    onProgress?.({ phase: "writing changes", count: 0, total: accepted.length });
    // The writing itself leaves nobody time to show that.
    await new Promise((go) => setImmediate(go));
    const outcome = this.#open(target)?.apply(command, accepted, asked) ?? null;
    if (outcome === null) return;
    this.#applied += outcome.done;
    this.#ledger.mark(accepted.slice(0, outcome.done), "applied");
    this.#trouble = outcome.trouble;
    if (this.#trouble === null && asked()) {
      this.#trouble = { kind: "cancelled", message: "ended before what was done could be checked" };
    }
  }

  #result(before: CheckResult, { result, plan: { left } }: Look): RunResult {
    const { command, mode, require } = this.#request;
    const plan = this.#ledger.all();
    const isWritten = this.#applied > 0 || (this.#recovered?.changes ?? 0) > 0;
    return {
      schema: REPAIR_SCHEMA,
      tool: { version: VERSION },
      command,
      mode,
      overlay: result.overlay,
      require,
      before,
      plan,
      migrations: this.#migrations,
      left,
      rounds: this.#rounds,
      applied: this.#applied,
      recovered: this.#recovered,
      journal: this.#applied > 0 ? (this.#place?.journal ?? null) : null,
      kept: this.#place?.kept ?? [],
      after: this.#isDry || this.#trouble !== null ? null : result,
      remaining: this.#isDry ? left.map(({ finding }) => finding) : result.findings,
      changed: this.#isDry ? plan.length > 0 : isWritten,
      trouble: this.#trouble,
    };
  }
}

/** The index directory is not to be made: nothing can be put into it. */
function withoutIndex(planned: readonly Action[], accepted: readonly Action[]): boolean {
  return planned.some((one) => one.action === "make-index" && !accepted.includes(one));
}

const isInIndex = ({ target }: Action): boolean =>
  target.layer === "work" && target.path.toString("latin1").startsWith("index/");
