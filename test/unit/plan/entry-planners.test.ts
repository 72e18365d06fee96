import { describe, expect, it } from "vitest";
import { type Code, type Evidence, type FindingBytes, finding } from "../../../src/lib/catalogue/index.js";
import { makePlan, type Planners } from "../../../src/lib/plan/plan.js";
import { ENTRY_PLANNERS } from "../../../src/lib/plan/planners/entry-planners.js";
import type { Action, Planner, Proposal, Step } from "../../../src/lib/plan/types.js";
import { FakeFacts } from "./fake-facts.js";

type Mine = keyof typeof ENTRY_PLANNERS;

interface Where {
  readonly layer?: string;
  readonly path?: string | Buffer;
  readonly bytes?: FindingBytes;
}

function answer<C extends Mine>(facts: FakeFacts, code: C, evidence: Evidence[C], where: Where): Proposal {
  const { layer = "upper", path = "", bytes } = where;
  const found = finding(code as Code, {
    layer,
    path: Buffer.from(path),
    evidence: evidence as Evidence[Code],
    ...(bytes === undefined ? {} : { bytes }),
  });
  return (ENTRY_PLANNERS[code] as unknown as Planner<Code>)(found, facts);
}

const aboutEntry = <C extends Mine>(
  facts: FakeFacts,
  code: C,
  evidence: Evidence[C],
  name: Buffer | string,
) =>
  answer(facts, code, evidence, {
    layer: "index",
    path: Buffer.isBuffer(name) ? name.toString("hex") : name,
  });

const actionsOf = (proposal: Proposal): readonly Action[] => ("actions" in proposal ? proposal.actions : []);
const leftOf = (proposal: Proposal): string => ("left" in proposal ? proposal.left : "");
const only = (proposal: Proposal): Action => {
  expect(actionsOf(proposal)).toHaveLength(1);
  return actionsOf(proposal)[0] as Action;
};

/** "keep index/@10", "unlink index/@10 (upper a)", "xattr upper a origin". */
function say(step: Step): string {
  const place = ({ layer, path }: Step["at"]): string =>
    `${layer === "work" ? "" : `${layer} `}${path
      .toString("latin1")
      .replace(
        /00fb[0-9a-f]{38}([0-9a-f]{2})[0-9a-f]+/,
        (_, ino: string) => `@${Number.parseInt(ino, 16)}`,
      )}`;
  switch (step.op) {
    case "xattr":
      return `${step.value === null ? "remove" : "set"} ${place(step.at)} ${step.name}`;
    case "fill":
      return `fill ${place(step.at)} from ${place(step.from)}`;
    case "unlink":
      return `unlink ${place(step.at)} (${place(step.other)})`;
    case "move":
      return `move ${place(step.at)} to ${place(step.to)}`;
    case "link":
      return `link ${place(step.at)} from ${place(step.from)}`;
    case "uncover":
      return `uncover ${place(step.at)}`;
    case "keep":
      return `keep ${place(step.at)}`;
    case "make":
      return `make ${place(step.at)} ${step.what.kind}`;
  }
}

const told = (action: Action): string[] => action.steps.map(say);
const valueSet = (action: Action): Buffer | null | undefined =>
  action.steps.flatMap((step) => (step.op === "xattr" ? [step.value] : []))[0];

/** Lower a is inode 10; upper a, if any, came from it. */
function copiedUp(name: Buffer | null = FakeFacts.handle(10)): FakeFacts {
  const facts = new FakeFacts();
  facts.put("lower[1]", "a", "file", { ino: 10 });
  const upper = { ino: 20, nlink: 2, size: 3, xattrs: { origin: FakeFacts.handle(10), nlink: "U-1" } };
  facts.put("upper", "a", "file", upper);
  if (name !== null) facts.entry(name, "file", upper);
  return facts;
}

describe("an entry whose name no lookup asks for", () => {
  it("is renamed to the origin of its object", () => {
    const facts = copiedUp(null);
    const name = FakeFacts.handle(10).toString("hex").toUpperCase();
    facts.put("work", `index/${name}`, "file", {
      ino: 20,
      nlink: 2,
      xattrs: { origin: FakeFacts.handle(10) },
    });
    const evidence = { reason: "upper-case", canonical: name.toLowerCase() };
    const action = only(aboutEntry(facts, "entry-name-noncanonical", evidence, name));
    expect([action.action, action.safety]).toEqual(["rename-entry", "auto"]);
    expect(action.steps[0]).toMatchObject({
      op: "move",
      to: { path: Buffer.from(`index/${name.toLowerCase()}`) },
    });
  });

  it("is unlinked where the right one is there already", () => {
    const facts = copiedUp();
    facts.put("work", "index/zz", "file", { ino: 20, nlink: 3, xattrs: { origin: FakeFacts.handle(10) } });
    const action = only(aboutEntry(facts, "entry-name-invalid", { reason: "not-hex" }, "zz"));
    expect(told(action)).toEqual(["unlink index/zz (upper a)"]);
    expect(action.loses).toBeNull();
  });

  it("is kept aside where it is the only name of its data, and that is said", () => {
    const facts = new FakeFacts();
    facts.put("work", "index/lost+found", "file", { ino: 7, size: 9 });
    const action = only(aboutEntry(facts, "entry-name-invalid", { reason: "not-hex" }, "lost+found"));
    expect(told(action)).toEqual(["keep index/lost+found"]);
    expect([action.action, action.safety]).toEqual(["keep-entry", "confirm"]);
    expect(action.loses).toContain("inode 7");
  });

  it("is left where a newer kernel wrote it", () => {
    expect(leftOf(aboutEntry(new FakeFacts(), "entry-name-unknown", { reason: "newer" }, "01fb"))).toMatch(
      /kernel that wrote it/,
    );
  });
});

describe("a directory's entry", () => {
  const directory = (withUpper: boolean): FakeFacts => {
    const facts = new FakeFacts();
    facts.put("lower[1]", "d", "directory", { ino: 11 });
    if (withUpper)
      facts.put("upper", "d", "directory", { ino: 21, xattrs: { origin: FakeFacts.handle(11) } });
    facts.entry(FakeFacts.handle(11), "directory", {
      ino: 31,
      xattrs: { upper: FakeFacts.handle(99, true) },
    });
    return facts;
  };
  const stale = (facts: FakeFacts) =>
    aboutEntry(facts, "entry-upper-stale", { stored: "" }, FakeFacts.handle(11));

  it("is pointed at the one upper directory with its origin", () => {
    const action = only(stale(directory(true)));
    expect(told(action)).toEqual(["set index/@11 upper"]);
    expect(valueSet(action)).toEqual(FakeFacts.handle(21, true));
    expect(action.safety).toBe("auto");
  });

  it("waits where two directories have its origin", () => {
    const facts = directory(true);
    facts.put("upper", "e", "directory", { ino: 22, xattrs: { origin: FakeFacts.handle(11) } });
    expect(leftOf(stale(facts))).toMatch(/Decide first/);
  });

  it("becomes a tombstone where the directory was deleted, as the kernel would have it", () => {
    const action = only(stale(directory(false)));
    expect(told(action)).toEqual(["keep index/@11", "make index/@11 whiteout"]);
    expect(action.safety).toBe("auto");
  });

  it("goes without a tombstone where that would bury what is visible", () => {
    const facts = directory(false);
    facts.buried = new Set([FakeFacts.handle(11).toString("hex")]);
    expect(told(only(stale(facts)))).toEqual(["keep index/@11"]);
  });

  it("waits where a directory above cannot be looked up: all that is below seems to be gone", () => {
    const facts = new FakeFacts();
    for (const [path, ino] of [
      ["p", 10],
      ["p/d", 11],
    ] as const)
      facts.put("lower[1]", path, "directory", { ino });
    facts.entry(FakeFacts.handle(11), "directory", { xattrs: { upper: FakeFacts.handle(99, true) } });
    facts.lookups.set("required p", { kind: "error", errno: 116, events: [] });
    expect(stale(facts)).toEqual({ actions: [] });
  });

  it("waits for the mount to go through", () => {
    const facts = directory(false);
    facts.buried = null;
    expect(leftOf(stale(facts))).toMatch(/refuses the mount/);
  });
});

describe("an entry whose name and object disagree", () => {
  const mismatch = (facts: FakeFacts, name: Buffer) =>
    aboutEntry(facts, "entry-origin-mismatch", { stored: "", object: null }, name);

  it("gives the object its origin back where the lower one is at its own path", () => {
    const facts = copiedUp(null);
    facts.put("lower[1]", "b", "file", { ino: 12 });
    const upper = { ino: 20, nlink: 2, xattrs: { origin: FakeFacts.handle(12) } };
    facts.put("upper", "a", "file", upper);
    facts.entry(FakeFacts.handle(10), "file", upper);
    const action = only(mismatch(facts, FakeFacts.handle(10)));
    expect(told(action)).toEqual(["set upper a origin"]);
    expect(valueSet(action)).toEqual(FakeFacts.handle(10));
  });

  it("is renamed where the origin is right", () => {
    const facts = copiedUp(null);
    facts.put("lower[1]", "b", "file", { ino: 12 });
    facts.entry(FakeFacts.handle(12), "file", {
      ino: 20,
      nlink: 2,
      xattrs: { origin: FakeFacts.handle(10) },
    });
    expect(told(only(mismatch(facts, FakeFacts.handle(12))))).toEqual(["move index/@12 to index/@10"]);
  });

  it("goes where its inode is the entry of its own origin as well", () => {
    const facts = copiedUp();
    facts.put("lower[1]", "b", "file", { ino: 12 });
    facts.entry(FakeFacts.handle(12), "file", {
      ino: 20,
      nlink: 3,
      xattrs: { origin: FakeFacts.handle(10) },
    });
    expect(told(only(mismatch(facts, FakeFacts.handle(12))))).toEqual(["unlink index/@12 (upper a)"]);
  });

  it("sets a missing origin, but to nothing that was deleted", () => {
    const nothing = { type: "file", object: null };
    const named = copiedUp(null);
    named.put("upper", "a", "file", { ino: 20, nlink: 2 });
    named.entry(FakeFacts.handle(10), "file", { ino: 20, nlink: 2 });
    const set = only(aboutEntry(named, "entry-origin-missing", nothing, FakeFacts.handle(10)));
    expect(told(set)).toEqual(["set upper a origin"]);
    const nameless = new FakeFacts();
    nameless.put("lower[1]", "a", "file", { ino: 10 });
    nameless.entry(FakeFacts.handle(10), "file", { ino: 20, size: 3 });
    const gone = only(aboutEntry(nameless, "entry-origin-missing", nothing, FakeFacts.handle(10)));
    expect(told(gone)).toEqual(["keep index/@10"]);
    expect(gone.loses).not.toBeNull();
  });
});

describe("an orphan", () => {
  const orphan = (facts: FakeFacts) =>
    aboutEntry(facts, "entry-orphan", { nlink: null, becomes: "tombstone" }, FakeFacts.handle(10));
  const facts = (): FakeFacts => {
    const made = new FakeFacts();
    made.put("lower[1]", "a", "file", { ino: 10 });
    made.entry(FakeFacts.handle(10), "file", { ino: 20, size: 3, xattrs: { origin: FakeFacts.handle(10) } });
    return made;
  };

  it("leaves a tombstone, and its data is kept and named", () => {
    const action = only(orphan(facts()));
    expect(told(action)).toEqual(["keep index/@10", "make index/@10 whiteout"]);
    expect(action.loses).toContain("kept in the journal's folder");
  });

  it("leaves none where its lower object or a copy of that is seen", () => {
    const seen = facts();
    seen.buried = new Set([FakeFacts.handle(10).toString("hex")]);
    expect(told(only(orphan(seen)))).toEqual(["keep index/@10"]);
    const copied = facts();
    copied.put("upper", "b", "file", { ino: 25, xattrs: { origin: FakeFacts.handle(10) } });
    expect(told(only(orphan(copied)))).toEqual(["keep index/@10"]);
  });
});

describe("an entry beside the file that is seen", () => {
  const evidence = { entry: FakeFacts.handle(10).toString("hex"), entryInode: 20, upperInode: 26 };
  const facts = (lowerLinks: number, nlink: string): FakeFacts => {
    const made = new FakeFacts();
    made.put("lower[1]", "a", "file", { ino: 10, nlink: lowerLinks });
    made.put("upper", "a", "file", { ino: 26, xattrs: { origin: FakeFacts.handle(10) } });
    made.entry(FakeFacts.handle(10), "file", {
      ino: 20,
      size: 3,
      xattrs: { nlink, origin: FakeFacts.handle(10) },
    });
    return made;
  };

  it("gives way, its data kept", () => {
    const action = only(answer(facts(1, "U-1"), "entry-other-inode", evidence, { path: "a" }));
    expect(told(action)).toEqual(["keep index/@10"]);
    expect(action.loses).toContain("inode 20");
  });

  it("stays where other names of the lower file show it", () => {
    const action = only(answer(facts(2, "U+0"), "entry-other-inode", evidence, { path: "a" }));
    expect(told(action)).toEqual(["remove upper a origin"]);
  });
});

describe("a tombstone over what is visible", () => {
  it("goes, and one that only the mount would make is left to its entry", () => {
    const facts = new FakeFacts();
    facts.put("lower[1]", "a", "file", { ino: 10 });
    facts.entry(FakeFacts.handle(10), "whiteout", { nlink: 3 });
    const about = { layer: "lower[1]", path: "a", bytes: { fh: FakeFacts.handle(10) } };
    const action = only(answer(facts, "tombstone-over-reachable", { lower: "a" }, about));
    expect([action.action, ...told(action)]).toEqual(["remove-tombstone", "keep index/@10"]);
    facts.entry(FakeFacts.handle(10), "file", { ino: 20 });
    expect(leftOf(answer(facts, "tombstone-over-reachable", { lower: "a" }, about))).toMatch(
      /Repair the index entry/,
    );
  });
});

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
