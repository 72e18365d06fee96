import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { AllAtOnce, acceptedBy, OneByOne } from "../../../src/commands/support/decide.js";
import { resolveMode } from "../../../src/commands/support/mode.js";
import { confirm, openPrompt } from "../../../src/commands/support/prompt.js";
import type { Action } from "../../../src/lib/plan/types.js";
import { orphanWhiteout } from "../report/result-fixture.js";
import { addEntry, keepAside } from "../run-report/run-fixture.js";

const [a, b, c] = ["a", "b", "c"].map(addEntry) as [Action, Action, Action];
const whiteout = keepAside(orphanWhiteout("w"));
const plan = { actions: [a, whiteout, b, c], left: [] };

/** A person who gives these answers and then leaves. */
function person(...answers: string[]) {
  const questions: string[] = [];
  const shown: Action[] = [];
  const ask = (question: string): Promise<string | null> => {
    questions.push(question);
    return Promise.resolve(answers.shift() ?? null);
  };
  return { questions, shown, ask, show: (action: Action) => void shown.push(action) };
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
    expect(await new OneByOne(asked).decide(plan)).toEqual([a, b]);
    expect(asked.shown).toEqual([a, whiteout, b, c]);
    expect(asked.questions[1]).toBe("2/4 keep-entry? [y]es, [n]o, [a]ll for whiteout-orphan, [q]uit: ");
  });

  it("takes the end of input for no, once and for all", async () => {
    const asked = person("y");
    const decider = new OneByOne(asked);
    expect(await decider.decide(plan)).toEqual([a]);
    expect(await decider.decide({ actions: [addEntry("new")], left: [] })).toEqual([]);
    expect(asked.questions).toHaveLength(2);
  });

  it("takes all of a code without another question, in later rounds, too", async () => {
    const asked = person("a", "n");
    const decider = new OneByOne(asked);
    expect(await decider.decide(plan)).toEqual([a, b, c]);
    expect(await decider.decide({ actions: [whiteout, addEntry("new")], left: [] })).toHaveLength(1);
    expect(asked.questions).toHaveLength(2);
  });

  it("does nothing of what was accepted where it ends with quit", async () => {
    expect(await new OneByOne(person("y", "q")).decide(plan)).toBe("quit");
  });

  it("asks again where it does not understand", async () => {
    const asked = person("", "what?", "y");
    expect(await new OneByOne(asked).decide({ actions: [a], left: [] })).toEqual([a]);
    expect(asked.questions).toHaveLength(3);
  });
});

describe("all at once", () => {
  it("asks once; only a yes is a yes", async () => {
    for (const [answer, taken] of [
      ["y", 4],
      ["YES", 4],
      ["", 0],
      ["yep", 0],
    ] as const) {
      expect(await new AllAtOnce(person(answer).ask).decide(plan)).toHaveLength(taken);
    }
    expect(await new AllAtOnce(person().ask).decide(plan)).toEqual([]);
  });

  it("asks nothing more after a no, and nothing about nothing", async () => {
    const asked = person("n", "y");
    const decider = new AllAtOnce(asked.ask);
    expect(await decider.decide({ actions: [], left: [] })).toEqual([]);
    expect(await decider.decide(plan)).toEqual([]);
    expect(await decider.decide(plan)).toEqual([]);
    expect(asked.questions).toHaveLength(1);
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
    expect(output.read().toString()).toBe("1? 2? 3? 4? 5? [y/N] ");
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
