import { describe, expect, it } from "vitest";
import { type Code, type Finding, finding } from "../../../src/lib/catalogue/index.js";
import { COVERAGE } from "../../../src/lib/plan/planners/coverage.js";
import type { Action, Proposal, Step } from "../../../src/lib/plan/types.js";
import { FakeFacts } from "./fake-facts.js";

const LOWER = 7;
const FH = FakeFacts.handle(LOWER);
const ENTRY = `index/${FH.toString("hex")}`;
const A = Buffer.from("a");
const here = { layer: "upper", path: A } as const;

function actions(answer: Proposal): readonly Action[] {
  if ("left" in answer) throw new Error(`left: ${answer.left}`);
  return answer.actions;
}

function only(answer: Proposal): Action {
  const [first, ...more] = actions(answer);
  expect(more).toEqual([]);
  return first as Action;
}

/** Steps in a line each: "xattr a nlink=U-1". */
function brief(steps: readonly Step[]): string[] {
  return steps.map((step) => {
    const where = step.at.path.toString();
    switch (step.op) {
      case "xattr":
        return `xattr ${where} ${step.name}=${step.value?.toString("latin1") ?? ""}`;
      case "link":
        return `link ${step.from.path.toString()} ${where}`;
      case "make":
        return `make ${where} ${step.what.kind}`;
      default:
        return `${step.op} ${where}`;
    }
  });
}

/** "a" is copied up from lower inode 7. */
function copiedUp(type: "file" | "directory" = "file"): FakeFacts {
  const facts = new FakeFacts();
  facts.put("lower[1]", "a", type, { ino: LOWER });
  facts.put("upper", "a", type, { ino: 20, xattrs: { origin: FH } });
  return facts;
}

const notIndexed = (bytes: Finding["bytes"]): Finding<"copied-up-not-indexed"> =>
  finding("copied-up-not-indexed", {
    ...here,
    evidence: { type: "file", era: true },
    ...(bytes === undefined ? {} : { bytes }),
  });

describe("copied-up-not-indexed", () => {
  const plan = COVERAGE["copied-up-not-indexed"];

  it("links a file into the index, its count first", () => {
    const add = only(plan(notIndexed({ fh: FH, nlink: Buffer.from("U-1") }), copiedUp()));
    expect(brief(add.steps)).toEqual(["xattr a nlink=U-1", `link a ${ENTRY}`]);
    expect([add.action, add.safety, add.loses]).toEqual(["add-entry", "auto", null]);
  });

  it("goes by what the check has seen of a file, and asks no more", () => {
    const file = { ino: 20, ctimeNs: 5n };
    const facts = copiedUp();
    facts.put("upper", "a", "directory");
    const add = only(plan(notIndexed({ fh: FH, nlink: Buffer.from("U-1"), file }), facts));
    expect(brief(add.steps)).toEqual(["xattr a nlink=U-1", `link a ${ENTRY}`]);
    expect(add.steps).toMatchObject([{ seen: file, old: null }, { seen: file }]);
  });

  it("makes an entry that points at the directory", () => {
    const add = only(plan(notIndexed({ fh: FH }), copiedUp("directory")));
    expect(add.steps).toEqual([
      {
        op: "make",
        at: { layer: "work", path: Buffer.from(ENTRY) },
        what: { kind: "directory", mode: 0, xattrs: [["upper", FakeFacts.handle(20, true)]] },
      },
    ]);
  });

  it("asks before other names of a hard link show it again", () => {
    const add = only(plan(notIndexed({ fh: FH, nlink: Buffer.from("U+0") }), copiedUp()));
    expect(add.safety).toBe("confirm");
    expect(add.loses).toContain("other names");
  });

  it("leaves two objects with one origin to a person", () => {
    expect(plan(notIndexed({ fh: FH, other: Buffer.from("b") }), copiedUp())).toHaveProperty("left");
  });

  it("leaves an object without an origin, and a directory with another one", () => {
    const facts = copiedUp();
    facts.put("upper", "a", "file");
    expect(plan(notIndexed({ fh: FH }), facts)).toHaveProperty("left");
    expect(plan(notIndexed({ fh: FakeFacts.handle(8) }), copiedUp("directory"))).toHaveProperty("left");
  });

  it("spells a file's origin as its entry is called", () => {
    const facts = copiedUp();
    const anyEndian = Buffer.from(FH);
    anyEndian[3] = 2;
    facts.put("upper", "a", "file", { xattrs: { origin: anyEndian } });
    const add = only(plan(notIndexed({ fh: FH, nlink: Buffer.from("U-1") }), facts));
    expect(brief(add.steps)[0]).toBe(`xattr a origin=${FH.toString("latin1")}`);
  });

  it("leaves a place that is taken", () => {
    const facts = copiedUp();
    facts.entry(FH, "file");
    expect(plan(notIndexed({ fh: FH }), facts)).toHaveProperty("left");
  });

  it.each([
    { era: false, safety: "auto" },
    { era: true, safety: "confirm" },
  ])("makes the index first where there is none; with a past ($era) it asks", ({ era, safety }) => {
    const facts = copiedUp();
    facts.remove("work", "index");
    facts.era = era;
    const planned = actions(plan(notIndexed({ fh: FH }), facts));
    expect(planned.map((one) => `${one.action} ${one.safety}`)).toEqual([
      `make-index ${safety}`,
      `add-entry ${safety}`,
    ]);
    expect(brief(planned[0]?.steps ?? [])).toEqual([
      `xattr  origin=${facts.encode({ layer: "lower[1]", path: Buffer.alloc(0) })?.toString("latin1")}`,
      "make index directory",
    ]);
  });
});

describe("merge-origin-missing", () => {
  const plan = COVERAGE["merge-origin-missing"];
  const found = finding("merge-origin-missing", {
    ...here,
    evidence: { lower: "a" },
    bytes: { fh: FH, lower: A },
  });
  const merged = (): FakeFacts => {
    const facts = new FakeFacts();
    facts.put("lower[1]", "a", "directory", { ino: LOWER });
    facts.put("upper", "a", "directory", { ino: 20 });
    return facts;
  };

  it("sets the origin and makes the entry at once, and marks the parent", () => {
    const planned = actions(plan(found, merged()));
    expect(planned.map(({ action, steps }) => [action, brief(steps)])).toEqual([
      ["set-impure", ["xattr  impure=y"]],
      ["add-entry", [`xattr a origin=${FH.toString("latin1")}`, `make ${ENTRY} directory`]],
    ]);
  });

  it("sets only the origin where directories are not indexed", () => {
    const facts = merged();
    facts.require = "index";
    facts.put("upper", "", "directory", { xattrs: { impure: "y" } });
    expect(only(plan(found, facts)).action).toBe("set-origin");
  });

  it("leaves a directory whose lower one another directory has", () => {
    const facts = merged();
    facts.put("upper", "moved", "directory", { xattrs: { origin: FH } });
    expect(plan(found, facts)).toHaveProperty("left");
  });
});

describe("tombstone-missing", () => {
  const plan = COVERAGE["tombstone-missing"];
  const found = finding("tombstone-missing", {
    layer: "lower[1]",
    path: A,
    evidence: { type: "file", lower: "a" },
    bytes: { fh: FH, lower: A },
  });

  it("makes a whiteout in the index", () => {
    const add = only(plan(found, new FakeFacts()));
    expect(brief(add.steps)).toEqual([`make ${ENTRY} whiteout`]);
    expect([add.action, add.safety]).toEqual(["add-tombstone", "auto"]);
  });

  it("leaves a place that is taken", () => {
    const facts = new FakeFacts();
    facts.entry(FH, "whiteout");
    expect(plan(found, facts)).toHaveProperty("left");
  });
});

describe("nlink-wrong", () => {
  const plan = COVERAGE["nlink-wrong"];

  it("writes the count", () => {
    const evidence = { stored: "U+4", gives: 6, expected: 2 };
    const bytes = { nlink: Buffer.from("U+0") };
    const set = only(plan(finding("nlink-wrong", { ...here, evidence, bytes }), copiedUp()));
    expect(brief(set.steps)).toEqual(["xattr a nlink=U+0"]);
  });

  it.each([
    ["nfs-export", "replace-entry", [`keep ${ENTRY}`, `make ${ENTRY} whiteout`]],
    ["index", "keep-entry", [`keep ${ENTRY}`]],
  ] as const)("with %s an entry without a name goes, its data kept", (require, action, steps) => {
    const facts = new FakeFacts();
    facts.require = require;
    facts.entry(FH, "file");
    const evidence = { stored: "U+1", gives: 2, expected: 0 };
    const path = Buffer.from(FH.toString("hex"));
    const drop = only(
      plan(finding("nlink-wrong", { layer: "index", path, evidence, bytes: { fh: FH } }), facts),
    );
    expect([drop.action, brief(drop.steps), drop.safety]).toEqual([action, steps, "confirm"]);
    expect(drop.loses).toContain("journal's folder");
  });
});

describe("entry-upper-missing", () => {
  const plan = COVERAGE["entry-upper-missing"];
  const found: Finding<Code> = finding("entry-upper-missing", {
    layer: "index",
    path: Buffer.from(FH.toString("hex")),
    evidence: {},
  });

  it("points the entry at the one directory that has the origin", () => {
    const facts = copiedUp("directory");
    facts.entry(FH, "directory");
    const set = only(plan(found, facts));
    expect(brief(set.steps)).toEqual([
      `xattr ${ENTRY} upper=${FakeFacts.handle(20, true).toString("latin1")}`,
    ]);
  });

  it("keeps the entry aside where there is none", () => {
    const facts = new FakeFacts();
    facts.entry(FH, "directory");
    expect(brief(only(plan(found, facts)).steps)).toEqual([`keep ${ENTRY}`]);
  });

  it("leaves it where there are two", () => {
    const facts = copiedUp("directory");
    facts.entry(FH, "directory");
    facts.put("upper", "b", "directory", { xattrs: { origin: FH } });
    expect(plan(found, facts)).toHaveProperty("left");
  });
});

describe("ties of the roots", () => {
  it("are the handles of what is there now", () => {
    const facts = new FakeFacts();
    const lower = facts.put("lower[1]", "", "directory");
    const upper = facts.put("upper", "", "directory");
    const root = finding("root-origin-missing", {
      layer: "upper",
      path: Buffer.alloc(0),
      evidence: { expected: "" },
    });
    const index = finding("index-upper-missing", { layer: "index", evidence: { expected: "" } });
    expect(brief(only(COVERAGE["root-origin-missing"](root, facts)).steps)).toEqual([
      `xattr  origin=${FakeFacts.handle(lower.ino).toString("latin1")}`,
    ]);
    expect(brief(only(COVERAGE["index-upper-missing"](index, facts)).steps)).toEqual([
      `xattr index upper=${FakeFacts.handle(upper.ino, true).toString("latin1")}`,
    ]);
  });
});
