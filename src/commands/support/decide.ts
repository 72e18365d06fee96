/** Which actions of a plan are accepted, by mode or by answers. */
import type { Action, Plan } from "../../lib/plan/types.js";
import type { Decision, RunMode } from "../../lib/repair/run-result.js";
import { number } from "../../lib/report/index.js";
import { groupActions } from "../../lib/run-report/index.js";
import { type Ask, confirm } from "./prompt.js";

export interface Questions {
  readonly ask: Ask;
  /** Print one action in full before it is asked for; `place` is "2/5". */
  readonly show: (action: Action, place: string) => void;
}

/** What each answer means: told where somebody gave another one. */
const CHOICES = [
  "  y  do this one",
  "  n  leave it as it is",
  "  a  do this one and all like it: same change, same reason, also in later rounds",
  "  q  end here: nothing of this plan is done, not even what was answered with y",
  "",
].join("\n");

/** Alike: what has one heading in the plan. Of another kind nobody has seen what would be given up. */
function kindOf({ action, because, safety }: Action): string {
  return `${action} ${because.code} ${safety}`;
}

/** The same change planned again in a later round. */
function keyOf({ action, target, because }: Action): string {
  return `${action} ${because.code} ${target.layer}:${target.path.toString("latin1")}`;
}

/** What everybody accepts alike; `ask` is for a person. */
export function acceptedBy(mode: Exclude<RunMode, "ask">, plan: Plan): readonly Action[] {
  switch (mode) {
    case "dry-run":
      return [];
    case "preen":
      return plan.actions.filter(({ safety }) => safety === "auto");
    case "yes":
      return plan.actions;
  }
}

/**
 * Asks for every action; remembers what was answered for later rounds. Nothing is done before the last answer, so that
 * quit leaves all as it is.
 */
export class OneByOne {
  readonly #questions: Questions;
  readonly #declined = new Set<string>();
  readonly #all = new Set<string>();

  constructor(questions: Questions) {
    this.#questions = questions;
  }

  async decide(plan: Plan): Promise<Decision> {
    const accepted = new Set<Action>();
    const total = number(plan.actions.length);
    let asked = 0;
    for (const { actions } of groupActions(plan.actions)) {
      for (const [i, action] of actions.entries()) {
        const answer = await this.#answer(action, `${number(++asked)}/${total}`, actions.length - i);
        if (answer === "quit") return "quit";
        if (answer) accepted.add(action);
        else this.#declined.add(keyOf(action));
      }
    }
    return plan.actions.filter((action) => accepted.has(action));
  }

  /** `alike`: how many of its kind are open, itself among them. */
  async #answer(action: Action, place: string, alike: number): Promise<boolean | "quit"> {
    if (this.#declined.has(keyOf(action))) return false;
    const kind = kindOf(action);
    if (this.#all.has(kind)) return true;
    this.#questions.show(action, place);
    const all = alike > 1 ? ` [a]ll ${number(alike)} like it,` : "";
    for (let help = ""; ; help = CHOICES) {
      const line = await this.#questions.ask(`${help}Do it? [y]es, [n]o,${all} [q]uit: `);
      // Who has left has not given the last answer.
      if (line === null) return "quit";
      switch (line.trim().toLowerCase()) {
        case "y":
        case "yes":
          return true;
        case "n":
        case "no":
          return false;
        case "a":
        case "all":
          this.#all.add(kind);
          return true;
        case "q":
        case "quit":
          return "quit";
      }
    }
  }
}

/** Asks once for a whole plan. A no is the end of the run. */
export class AllAtOnce {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  async decide(plan: Plan): Promise<Decision> {
    if (plan.actions.length === 0) return [];
    return (await confirm(this.#ask, "Do all of this?")) ? plan.actions : "quit";
  }
}
