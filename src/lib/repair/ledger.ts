/** What became of each action of a run, over all its rounds. */
import type { Action } from "../plan/types.js";
import type { Outcome, PlannedAction } from "./run-result.js";

export class Ledger {
  readonly #planned = new Map<string, { action: Action; round: number; outcome: Outcome }>();

  /** Those of a new plan that nobody has declined before. */
  open(actions: readonly Action[]): Action[] {
    return actions.filter((action) => this.#planned.get(keyOf(action))?.outcome !== "declined");
  }

  /** They are what this round is about. */
  plan(actions: readonly Action[], round: number): void {
    for (const action of actions) {
      const known = this.#planned.get(keyOf(action));
      // What was done before and is wanted again is another one.
      if (known?.outcome === "applied") this.#planned.set(`${keyOf(action)} ${known.round}`, known);
      this.#planned.set(keyOf(action), { action, round, outcome: "planned" });
    }
  }

  mark(actions: readonly Action[], outcome: Outcome): void {
    for (const action of actions) {
      const known = this.#planned.get(keyOf(action));
      if (known !== undefined) known.outcome = outcome;
    }
  }

  hasDeclined(which: (action: Action) => boolean): boolean {
    return [...this.#planned.values()].some(({ action, outcome }) => outcome === "declined" && which(action));
  }

  /** In the order of the rounds. */
  all(): PlannedAction[] {
    return [...this.#planned.values()].sort((a, b) => a.round - b.round);
  }
}

/** The same action of the next round is another object. */
function keyOf({ action, target, because }: Action): string {
  return `${action} ${target.layer} ${because.code} ${target.path.toString("latin1")}`;
}
