/** Which actions of a plan are accepted, by mode or by answers. */
import type { CauseCode } from "../../lib/plan/cause.js";
import type { Action, Plan } from "../../lib/plan/types.js";
import type { Decision, RunMode } from "../../lib/repair/run-result.js";
import { type Ask, confirm } from "./prompt.js";

export interface Questions {
  readonly ask: Ask;
  /** Print one action in full before it is asked for; `place` is "2/5". */
  readonly show: (action: Action, place: string) => void;
}

/** What each answer means: told where somebody gave another one. */
function choices(code: CauseCode): string {
  return [
    "  y  do this one",
    "  n  leave it as it is",
    `  a  do this one and all others for ${code}`,
    "  q  end here: nothing of this plan is done, what was answered with y neither",
    "",
  ].join("\n");
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
  readonly #all = new Set<CauseCode>();
  #ended = false;

  constructor(questions: Questions) {
    this.#questions = questions;
  }

  async decide(plan: Plan): Promise<Decision> {
    const accepted: Action[] = [];
    for (const [i, action] of plan.actions.entries()) {
      const answer = await this.#answer(action, `${i + 1}/${plan.actions.length}`);
      if (answer === "quit") return "quit";
      if (answer) accepted.push(action);
      else this.#declined.add(keyOf(action));
    }
    return accepted;
  }

  async #answer(action: Action, place: string): Promise<boolean | "quit"> {
    const { code } = action.because;
    if (this.#ended || this.#declined.has(keyOf(action))) return false;
    if (this.#all.has(code)) return true;
    this.#questions.show(action, place);
    const question = `${action.action}? [y]es, [n]o, [a]ll for ${code}, [q]uit: `;
    for (let help = ""; ; help = choices(code)) {
      const line = await this.#questions.ask(help + question);
      if (line === null) {
        this.#ended = true;
        return false;
      }
      switch (line.trim().toLowerCase()) {
        case "y":
        case "yes":
          return true;
        case "n":
        case "no":
          return false;
        case "a":
        case "all":
          this.#all.add(code);
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
