import { describe, expect, it } from "vitest";
import { finding } from "../../../../src/lib/catalogue/index.js";
import { namesFirst } from "../../../../src/lib/plan/names-first.js";
import { makePlan } from "../../../../src/lib/plan/plan.js";
import { plannersFor } from "../../../../src/lib/plan/planners/index.js";
import type { Action } from "../../../../src/lib/plan/types.js";
import { FakeFacts } from "../fake-facts.js";
import { at } from "./told.js";

const action = (kind: Action["action"], because: Action["because"]): Action => ({
  action: kind,
  target: at("x"),
  because,
  evidence: "",
  safety: "auto",
  loses: null,
  steps: [],
});

const redirect = action(
  "set-redirect",
  finding("redirect-dangling", { ...at("x"), evidence: { redirect: "", resolved: "" } }),
);
const whiteout = action(
  "remove-whiteout",
  finding("whiteout-orphan", { ...at("w"), evidence: { kind: "device" } }),
);
const tombstone = action(
  "add-tombstone",
  finding("tombstone-missing", { ...at("y", "lower[1]"), evidence: { type: "file", lower: "y" } }),
);
const mismatch = action(
  "set-redirect",
  finding("merge-origin-mismatch", { ...at("z"), evidence: { lower: "", stored: "", expected: "" } }),
);

describe("what is missing is told once names lead where they should", () => {
  it("a tombstone waits for a redirect, whatever finding that answers", () => {
    expect(namesFirst([tombstone, redirect, whiteout])).toEqual([redirect, whiteout]);
    expect(namesFirst([tombstone, mismatch])).toEqual([mismatch]);
  });

  it("nothing waits where no name changes", () => {
    expect(namesFirst([whiteout, tombstone])).toEqual([whiteout, tombstone]);
  });

  it("nothing is declared gone while a broken name has no answer", () => {
    const broken = finding("redirect-dangling", { ...at("x"), evidence: { redirect: "", resolved: "" } });
    const missing = finding("tombstone-missing", {
      ...at("y", "lower[1]"),
      evidence: { type: "file", lower: "y" },
    });
    const planners = {
      ...plannersFor("repair", { clearVolatile: false }),
      "redirect-dangling": () => ({ left: "ambiguous" }),
      "tombstone-missing": () => ({ actions: [tombstone] }),
    };
    const facts = new FakeFacts();
    expect(makePlan([missing], planners, facts, { lower: new Map() }).actions).toEqual([tombstone]);
    const plan = makePlan([broken, missing], planners, facts, { lower: new Map() });
    expect(plan.actions).toEqual([]);
    expect(plan.left.map((one) => one.finding.code)).toEqual(["redirect-dangling", "tombstone-missing"]);
  });
});
