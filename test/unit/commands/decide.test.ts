import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { AllAtOnce, acceptedBy, OneByOne } from "../../../src/commands/support/decide.js";
import { resolveMode } from "../../../src/commands/support/mode.js";
import { confirm, openPrompt } from "../../../src/commands/support/prompt.js";
import type { Action } from "../../../src/lib/plan/types.js";
import { notIndexed, orphanWhiteout } from "../report/result-fixture.js";
import { addEntry, keepAside } from "../run-report/run-fixture.js";

const [a, b, c] = ["a", "b", "c"].map(addEntry) as [Action, Action, Action];
const whiteout = keepAside(orphanWhiteout("w"));
const plan = { actions: [a, whiteout, b, c], left: [] };

/** A person who gives these answers and then leaves. */
function person(...answers: string[]) {
  const questions: string[] = [];
  const shown: Action[] = [];
  const places: string[] = [];
  const ask = (question: string): Promise<string | null> => {
    questions.push(question);
    return Promise.resolve(answers.shift() ?? null);
  };
  const show = (action: Action, place: string): void => {
    shown.push(action);
    places.push(place);
  };
  return { questions, shown, places, ask, show };
}

describe("without a person", () => {
  it("-p takes what is safe, -y takes all, -n nothing", () => {
    expect(acceptedBy("preen", plan)).toEqual([a, b, c]);
    expect(acceptedBy("yes", plan)).toEqual([a, whiteout, b, c]);
    expect(acceptedBy("dry-run", plan)).toEqual([]);
  });
});

describe("one by one", () => {
  it("takes what is answered with yes, shown before", async () => {
    const asked = person("y", "n", " Yes ", "no");
    expect(await new OneByOne(asked).decide(plan)).toEqual([a, c]);
    expect(asked.shown).toEqual([a, b, c, whiteout]);
    expect(asked.places).toEqual(["1/4", "2/4", "3/4", "4/4"]);
    expect(asked.questions).toEqual([
      "Do it? [y]es, [n]o, [a]ll 3 like it, [q]uit: ",
      "Do it? [y]es, [n]o, [a]ll 2 like it, [q]uit: ",
      "Do it? [y]es, [n]o, [q]uit: ",
      "Do it? [y]es, [n]o, [q]uit: ",
    ]);
  });

  it("asks by path within a kind, and does it in the order of the plan", async () => {
    const asked = person("a", "y");
    const decision = await new OneByOne(asked).decide({ actions: [c, whiteout, a, b], left: [] });
    expect(asked.shown).toEqual([a, whiteout]);
    expect(decision).toEqual([c, whiteout, a, b]);
  });

  it("takes all of a kind without another question, in later rounds, too", async () => {
    const asked = person("a", "n");
    const decider = new OneByOne(asked);
    expect(await decider.decide(plan)).toEqual([a, b, c]);
    expect(await decider.decide({ actions: [whiteout, addEntry("new")], left: [] })).toHaveLength(1);
    expect(asked.questions).toHaveLength(2);
  });

  it("asks for another kind of change that answers the same code: it may give something up", async () => {
    const asked = person("a", "n");
    const losing = keepAside(notIndexed("d"));
    expect(await new OneByOne(asked).decide({ actions: [a, b, losing], left: [] })).toEqual([a, b]);
    expect(asked.shown).toEqual([a, losing]);
  });

  it.each([[["y", "q"]], [["y"]]])(
    "does nothing of what was accepted where it ends with quit, or with the end of input: %j",
    async (answers) => {
      expect(await new OneByOne(person(...answers)).decide(plan)).toBe("quit");
    },
  );

  it("asks again where it does not understand, and tells what there is to choose", async () => {
    const asked = person("", "what?", "y");
    expect(await new OneByOne(asked).decide({ actions: [a], left: [] })).toEqual([a]);
    expect(asked.questions).toHaveLength(3);
    expect(asked.questions[0]).not.toContain("do this one");
    expect(asked.questions[2]).toContain("  q  end here: nothing of this plan is done");
  });
});

describe("all at once", () => {
  it("asks once, unless it does not understand; a no is the end of the run", async () => {
    for (const [answers, decision, times] of [
      [["y"], plan.actions, 1],
      [["YES"], plan.actions, 1],
      [["n"], "quit", 1],
      [[""], "quit", 1],
      [["yep", "y"], plan.actions, 2],
      [[], "quit", 1],
    ] as const) {
      const asked = person(...answers);
      expect(await new AllAtOnce(asked.ask).decide(plan)).toEqual(decision);
      expect(asked.questions).toHaveLength(times);
    }
  });

  it("asks nothing about nothing", async () => {
    const asked = person("n");
    expect(await new AllAtOnce(asked.ask).decide({ actions: [], left: [] })).toEqual([]);
    expect(asked.questions).toEqual([]);
  });
});

describe("a prompt", () => {
  it("answers line by line, also what was typed before it was asked, and null at the end", async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const prompt = openPrompt(input, output);
    input.write("one\ntwo\nthr");
    expect(await prompt.ask("1? ")).toBe("one");
    expect(await prompt.ask("2? ")).toBe("two");
    const third = prompt.ask("3? ");
    input.end("ee");
    expect(await third).toBe("three");
    expect(await prompt.ask("4? ")).toBeNull();
    expect(await confirm(prompt.ask, "5?")).toBe(false);
    expect(output.read().toString()).toBe("1? 2? 3? 4? \n5? [y/N] \n");
    prompt.close();
  });

  it("ends the line where the input ends instead of an answer: what is told next does not wipe it out", async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const prompt = openPrompt(input, output);
    const answer = prompt.ask("1? ");
    input.end();
    expect(await answer).toBeNull();
    expect(output.read().toString()).toBe("1? \n");
    prompt.close();
  });

  it("waits for no answer any more where a signal came", async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    let asked = false;
    const prompt = openPrompt(input, output, () => asked);
    const answer = prompt.ask("1? ");
    asked = true;
    expect(await answer).toBeNull();
    expect(await prompt.ask("2? ")).toBeNull();
    prompt.close();
  });
});

describe("the mode", () => {
  const none = { "dry-run": false, preen: false, yes: false, json: false };

  it.each([
    [none, true, { mode: "ask" }],
    [{ ...none, yes: true, json: true }, false, { mode: "yes" }],
    [{ ...none, preen: true }, true, { mode: "preen" }],
    [{ ...none, "dry-run": true }, false, { mode: "dry-run" }],
    [none, false, { usage: "nobody is there to be asked: give -n, -p or -y" }],
    [{ ...none, json: true }, true, { usage: "--json asks nobody: give -n, -p or -y" }],
    [{ ...none, yes: true, "dry-run": true }, true, { usage: "give only one of -n, -p or -y" }],
  ])("%j, terminal %j: %j", (words, terminal, mode) => {
    expect(resolveMode(words, terminal)).toEqual(mode);
  });

  it("names no flag that the command does not have", () => {
    expect(resolveMode(none, false, false)).toEqual({ usage: "nobody is there to be asked: give -n or -y" });
  });
});
