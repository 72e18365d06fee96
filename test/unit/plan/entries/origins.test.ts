import { describe, expect, it } from "vitest";
import type { Action } from "../../../../src/lib/plan/types.js";
import { FakeFacts } from "../fake-facts.js";
import { actionsOf, answer, copiedUp, leftOf, only, told, valueSet } from "./told.js";

describe("an origin", () => {
  it("that two files have stays with the index entry", () => {
    const facts = copiedUp();
    facts.put("upper", "0-copy", "file", { ino: 27, xattrs: { origin: FakeFacts.handle(10) } });
    const about = { path: "0-copy", bytes: { fh: FakeFacts.handle(10) } };
    const action = only(answer(facts, "origin-duplicate", { type: "file", other: "a" }, about));
    expect(told(action)).toEqual(["remove upper 0-copy origin"]);
    expect(action.loses).toBeNull();
  });

  it("that two files have stays with the one at the lower object's path, whichever is told of", () => {
    const facts = copiedUp(null);
    facts.put("upper", "0-copy", "file", { ino: 27, xattrs: { origin: FakeFacts.handle(10) } });
    const about = { path: "a", bytes: { fh: FakeFacts.handle(10) } };
    const action = only(answer(facts, "origin-duplicate", { type: "file", other: "0-copy" }, about));
    expect(told(action)).toEqual(["remove upper 0-copy origin"]);
  });

  it("that nothing decides about is taken off with a word about it", () => {
    const facts = new FakeFacts();
    facts.put("lower[1]", "a", "file", { ino: 10 });
    for (const [ino, name] of [
      [27, "x"],
      [28, "y"],
    ] as const)
      facts.put("upper", name, "file", { ino, xattrs: { origin: FakeFacts.handle(10) } });
    const about = { path: "y", bytes: { fh: FakeFacts.handle(10) } };
    const action = only(answer(facts, "origin-duplicate", { type: "file", other: "x" }, about));
    expect(told(action)).toEqual(["remove upper y origin"]);
    expect(action.safety).toBe("confirm");
    expect(action.loses).not.toBeNull();
  });

  it("goes with the entry of its name, the entry first", () => {
    const facts = copiedUp();
    const action = only(
      answer(facts, "origin-type-mismatch", { type: "file", originType: "directory" }, { path: "a" }),
    );
    expect(told(action)).toEqual(["unlink index/@10 (upper a)", "remove upper a origin"]);
  });

  it("gives way to that of the entry which the object is", () => {
    const facts = copiedUp(null);
    facts.put("lower[1]", "b", "file", { ino: 12 });
    const upper = { ino: 20, nlink: 2, xattrs: { origin: FakeFacts.handle(99) } };
    facts.put("upper", "a", "file", upper);
    facts.entry(FakeFacts.handle(12), "file", upper);
    const action = only(answer(facts, "origin-stale", { stored: "" }, { path: "a" }));
    expect(told(action)).toEqual(["set upper a origin"]);
    expect(valueSet(action)).toEqual(FakeFacts.handle(12));
  });

  it("that cannot be read comes from the lower object of the same path, or goes", () => {
    const broken = { ino: 20, xattrs: { origin: "garbage" } };
    const facts = new FakeFacts();
    facts.put("lower[1]", "a", "file", { ino: 10 });
    facts.put("upper", "a", "file", broken);
    facts.put("upper", "new", "file", { ...broken, ino: 21 });
    const evidence = { stored: "", reason: "magic" };
    expect(valueSet(only(answer(facts, "origin-invalid", evidence, { path: "a" })))).toEqual(
      FakeFacts.handle(10),
    );
    expect(told(only(answer(facts, "origin-invalid", evidence, { path: "new" })))).toEqual([
      "remove upper new origin",
    ]);
  });
});

describe("a merge directory with another origin than what it shows", () => {
  const facts = (): FakeFacts => {
    const made = new FakeFacts();
    made.put("lower[1]", "d", "directory", { ino: 11 });
    made.put("lower[1]", "d/e", "directory", { ino: 12 });
    made.put("upper", "d", "directory", { ino: 21, xattrs: { origin: FakeFacts.handle(90) } });
    made.put("upper", "d/e", "directory", { ino: 22, xattrs: { origin: FakeFacts.handle(91) } });
    made.entry(FakeFacts.handle(90), "directory", { ino: 31, xattrs: { upper: FakeFacts.handle(21, true) } });
    return made;
  };
  const mismatch = (made: FakeFacts) =>
    answer(made, "merge-origin-mismatch", { lower: "d", stored: "", expected: "" }, { path: "d" });

  it("gets that one's, its entry with it, and all below it at once", () => {
    const actions = actionsOf(mismatch(facts()));
    expect(actions.map(told)).toEqual([
      ["set upper d origin", "move index/@90 to index/@11"],
      ["set upper d/e origin"],
    ]);
    expect(actions.every(({ loses }) => loses === null)).toBe(true);
  });

  it("clears a tombstone away before it is merged", () => {
    const made = facts();
    made.entry(FakeFacts.handle(11), "whiteout");
    expect(told(actionsOf(mismatch(made))[0] as Action)).toEqual([
      "keep index/@11",
      "set upper d origin",
      "move index/@90 to index/@11",
    ]);
  });

  it("is left where a newer kernel wrote its origin", () => {
    const made = facts();
    const newer = Buffer.from(FakeFacts.handle(11));
    newer[0] = 1;
    made.put("upper", "d", "directory", { ino: 21, xattrs: { origin: newer } });
    expect(leftOf(mismatch(made))).toMatch(/kernel that wrote it/);
  });
});
