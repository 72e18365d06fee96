import { describe, expect, it } from "vitest";
import { FakeFacts } from "../fake-facts.js";
import { aboutEntry, answer, copiedUp, leftOf, only, told } from "./told.js";

describe("the marks of the roots", () => {
  const mismatch = (facts: FakeFacts) =>
    answer(facts, "root-origin-mismatch", { stored: FakeFacts.handle(99).toString("hex"), expected: "" }, {});

  it("are set anew where upper came from this lower layer", () => {
    const facts = copiedUp();
    const action = only(mismatch(facts));
    expect(told(action)).toEqual(["set upper  origin"]);
    expect(action.evidence).toMatch(/^1 objects of upper came from/);
  });

  it("are left where lower was replaced, and so is all that is void by that", () => {
    const facts = copiedUp();
    facts.put("upper", "", "directory", { ino: 1, xattrs: { origin: FakeFacts.handle(99) } });
    facts.put("lower[1]", "a", "file", { ino: 77 });
    expect(leftOf(mismatch(facts))).toMatch(/migrate/);
    const foreign = { type: "file", reason: "the lower object is gone" };
    expect(leftOf(aboutEntry(facts, "entry-foreign", foreign, FakeFacts.handle(10)))).toMatch(/migrate/);
    expect(leftOf(answer(facts, "origin-stale", { stored: "" }, { path: "a" }))).toMatch(/migrate/);
  });

  it("are left where another of the given layers was the topmost", () => {
    const facts = new FakeFacts(2);
    const stored = facts.encode({ layer: "lower[2]", path: Buffer.alloc(0) })?.toString("hex") ?? "";
    expect(leftOf(answer(facts, "root-origin-mismatch", { stored, expected: "" }, {}))).toMatch(
      /in the order that they had: lower\[2\]/,
    );
  });

  it("tie the index to upper, and leave a strange index to whom it belongs", () => {
    const evidence = { xattr: "upper", stored: "", expected: "" };
    const own = only(answer(copiedUp(), "index-upper-mismatch", evidence, { layer: "index" }));
    expect(told(own)).toEqual(["set index upper"]);
    const strange = new FakeFacts();
    strange.entry(FakeFacts.handle(10), "directory", { xattrs: { upper: FakeFacts.handle(98, true) } });
    const left = leftOf(answer(strange, "index-upper-mismatch", evidence, { layer: "index" }));
    expect(left).toMatch(/^Give the work directory that belongs to this upper layer/);
  });
});
