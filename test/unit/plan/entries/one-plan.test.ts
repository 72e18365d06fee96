import { describe, expect, it } from "vitest";
import { type Code, type Evidence, finding } from "../../../../src/lib/catalogue/index.js";
import { makePlan, type Planners } from "../../../../src/lib/plan/plan.js";
import { ENTRY_PLANNERS } from "../../../../src/lib/plan/planners/entry-planners.js";
import { FakeFacts } from "../fake-facts.js";
import type { Mine } from "./told.js";

describe("actions of one plan", () => {
  const plan = (facts: FakeFacts, codes: readonly [Mine, Buffer][]) => {
    const findings = codes.map(([code, name]) =>
      finding(code as Code, {
        layer: "index",
        path: Buffer.from(name.toString("hex")),
        evidence: { type: "", reason: "" } as Evidence[Code],
      }),
    );
    return makePlan(findings, ENTRY_PLANNERS as unknown as Planners, facts, { lower: new Map() });
  };

  it("may take away any number of tombstones that are links of one inode", () => {
    const facts = new FakeFacts();
    const handles = [40, 41, 42].map((ino) => FakeFacts.handle(ino));
    for (const fh of handles) facts.entry(fh, "whiteout", { ino: 50, nlink: 4 });
    facts.put("upper", "gone", "whiteout", { ino: 50, nlink: 4 });
    const { actions } = plan(
      facts,
      handles.map((fh) => ["entry-foreign", fh]),
    );
    expect(actions).toHaveLength(3);
  });

  it("do not touch what is moved away with its directory", () => {
    const facts = new FakeFacts();
    facts.entry(FakeFacts.handle(10), "directory", { xattrs: { upper: FakeFacts.handle(98, true) } });
    const mismatch = finding("index-not-directory", {
      layer: "work",
      path: Buffer.from("index"),
      evidence: { type: "file" },
    });
    const foreign = finding("entry-foreign", {
      layer: "index",
      path: Buffer.from(FakeFacts.handle(10).toString("hex")),
      evidence: { type: "", reason: "" },
    });
    const { actions } = makePlan([foreign, mismatch], ENTRY_PLANNERS as unknown as Planners, facts, {
      lower: new Map(),
    });
    expect(actions.map(({ action }) => action)).toEqual(["keep-index"]);
  });
});
