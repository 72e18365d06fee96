import { describe, expect, it } from "vitest";
import { finding } from "../../../../src/lib/catalogue/index.js";
import type { Facts } from "../../../../src/lib/plan/facts.js";
import { NAME_PLANNERS } from "../../../../src/lib/plan/planners/names.js";
import { FakeFacts } from "../fake-facts.js";
import { at, only, renamed, shows, told } from "./told.js";

const FH = FakeFacts.handle(7);

describe("two directories for one lower directory", () => {
  const duplicate = (path: string, other: string) =>
    finding("redirect-duplicate", {
      ...at(path),
      evidence: { redirect: "", other },
      bytes: { fh: FH, other: Buffer.from(other) },
    });
  const plan = (facts: FakeFacts, path: string, other: string) =>
    NAME_PLANNERS["redirect-duplicate"](duplicate(path, other), facts);

  function copied(): FakeFacts {
    const facts = renamed();
    facts.put("upper", "copy", "directory", { ino: 21, xattrs: { origin: FH, redirect: "/d" } });
    shows(facts, "copy", "d");
    return facts;
  }

  it.each([
    ["copy", "moved"],
    ["moved", "copy"],
  ])("the index entry decides, whichever was found: %s", (path, other) => {
    const answer = plan(copied(), path, other);
    expect(told(answer)).toEqual([
      "confirm remove-redirect upper:copy",
      "  redirect upper:copy -",
      "  origin upper:copy -",
    ]);
    expect(only(answer).evidence).toBe(
      '"moved" keeps lower[1] "d": the index entry of that directory points at it',
    );
    expect(only(answer).loses).toContain('stays visible in "moved"');
  });

  it("without an entry the one stays that stands where the lower directory is", () => {
    const facts = copied();
    facts.remove("work", `index/${FH.toString("hex")}`);
    facts.put("upper", "d", "directory", { ino: 22 });
    facts.lookups.delete("plain moved");
    const answer = plan(facts, "copy", "d");
    expect(told(answer)[0]).toBe("confirm remove-redirect upper:copy");
    expect(only({ actions: "left" in answer ? [] : answer.actions.slice(0, 1) }).evidence).toContain(
      "it stands where that directory is",
    );
  });

  it("where nothing decides the one that was found second gives way, and that is said", () => {
    const undecided = (): FakeFacts => {
      const facts = copied();
      facts.remove("work", `index/${FH.toString("hex")}`);
      return facts;
    };
    expect(only(plan(undecided(), "copy", "moved")).target).toEqual(at("copy"));
    expect(only(plan(undecided(), "moved", "copy")).target).toEqual(at("moved"));
    expect(only(plan(undecided(), "moved", "copy")).evidence).toContain("nothing on the disk tells");
  });

  it("the one that gives way hides a lower directory of its name", () => {
    const facts = copied();
    facts.put("lower[1]", "copy", "directory", { ino: 9 });
    expect(told(plan(facts, "copy", "moved")).slice(1)).toEqual([
      "  opaque upper:copy y",
      "  redirect upper:copy -",
      "  origin upper:copy -",
    ]);
  });

  it("one whose origin is another directory goes back there", () => {
    const facts = copied();
    facts.put("upper", "copy", "directory", {
      ino: 21,
      xattrs: { origin: FakeFacts.handle(9), redirect: "/d" },
    });
    facts.put("lower[1]", "own", "directory", { ino: 9 });
    expect(told(plan(facts, "copy", "moved"))).toEqual([
      "confirm set-redirect upper:copy",
      "  redirect upper:copy /own",
    ]);
    expect(only(plan(facts, "copy", "moved")).loses).not.toBeNull();
  });

  it("one that shows nothing of it only loses the origin", () => {
    const facts = copied();
    shows(facts, "copy", null);
    expect(told(plan(facts, "copy", "moved"))).toEqual([
      "confirm remove-origin upper:copy",
      "  origin upper:copy -",
    ]);
    expect(only(plan(facts, "copy", "moved")).loses).toBeNull();
  });
});

describe("very many directories for one lower directory", () => {
  /** What all their findings ask of the layers, and plan; `why`: what tells the one that stays. */
  function ask(count: number, why: "entry" | "home" | "nothing"): { calls: number; losers: string[] } {
    const facts = renamed();
    if (why !== "entry") facts.remove("work", `index/${FH.toString("hex")}`);
    if (why === "home") {
      facts.put("upper", "d", "directory", { ino: 22, xattrs: { origin: FH } });
      facts.lookups.delete("plain d");
    }
    const names = [...Array.from({ length: count }, (_, i) => `copy${i}`), ...(why === "home" ? ["d"] : [])];
    for (const [i, name] of names.entries()) {
      if (name === "d") continue;
      facts.put("upper", name, "directory", { ino: 1000 + i, xattrs: { origin: FH, redirect: "/d" } });
      shows(facts, name, "d");
    }
    const { counted, calls } = counting(facts);
    const losers = names.flatMap((name) => {
      const found = finding("redirect-duplicate", {
        ...at(name),
        evidence: { redirect: "", other: "moved" },
        bytes: { fh: FH, other: Buffer.from("moved") },
      });
      const answer = NAME_PLANNERS["redirect-duplicate"](found, counted);
      return "left" in answer ? [] : answer.actions.map(({ target }) => target.path.toString());
    });
    return { calls: calls(), losers };
  }

  it.each(["entry", "home", "nothing"] as const)("each asks as much as the one before: %s", (why) => {
    const [few, more, most] = [20, 40, 60].map((count) => ask(count, why).calls) as [number, number, number];
    expect(most - more).toBe(more - few);
  });

  it.each(["entry", "nothing"] as const)("each answers for itself: %s", (why) => {
    expect(ask(20, why).losers).toEqual(Array.from({ length: 20 }, (_, i) => `copy${i}`));
  });

  it("the one that stays answers for the one without a finding", () => {
    expect(ask(20, "home").losers.sort()).toEqual(
      [...Array.from({ length: 20 }, (_, i) => `copy${i}`), "moved"].sort(),
    );
  });
});

/** The same facts, and how often they were asked. */
function counting(facts: FakeFacts): { counted: Facts; calls: () => number } {
  let calls = 0;
  const counted = new Proxy<Facts>(facts, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: readonly unknown[]): unknown => {
        calls++;
        return Reflect.apply(value, target, args);
      };
    },
  });
  return { counted, calls: () => calls };
}

describe("a renamed directory that shows under its old name too", () => {
  const uncovered = (layer: string, path: string, bytes: { fh?: Buffer; other?: Buffer }) =>
    finding("redirect-uncovered", { ...at(path, layer), evidence: { redirect: "", origin: "d" }, bytes });
  const byOld = uncovered("lower[1]", "d", {});
  const byNew = uncovered("upper", "moved", { fh: FH, other: Buffer.from("d") });

  function bare(): FakeFacts {
    const facts = renamed();
    facts.remove("upper", "d");
    return facts;
  }

  it.each([byOld, byNew])("is covered, whichever name was found", (found) => {
    const answer = NAME_PLANNERS["redirect-uncovered"](found, bare());
    expect(told(answer)).toEqual(["confirm add-whiteout upper:d", "  make upper:d whiteout"]);
    expect(only(answer).loses).toContain('the name "d"');
  });

  it("gives way where the old parent was never copied up", () => {
    const facts = bare();
    facts.put("lower[1]", "p", "directory");
    facts.put("lower[1]", "p/d", "directory", { ino: 7 });
    facts.remove("lower[1]", "d");
    shows(facts, "moved", "p/d");
    const found = uncovered("upper", "moved", { fh: FH, other: Buffer.from("p/d") });
    expect(told(NAME_PLANNERS["redirect-uncovered"](found, facts))).toEqual([
      "confirm remove-redirect upper:moved",
      "  redirect upper:moved -",
      "  keep work:index/HANDLE",
      "  origin upper:moved -",
    ]);
  });

  it("waits for its own redirect to be mended", () => {
    const facts = bare();
    shows(facts, "moved", null);
    expect(NAME_PLANNERS["redirect-uncovered"](byOld, facts)).toEqual({ actions: [] });
  });

  it("forgets an origin that it shows nothing of, after the entry", () => {
    const facts = bare();
    facts.put("upper", "moved", "directory", { ino: 20, xattrs: { origin: FH } });
    shows(facts, "moved", null);
    expect(told(NAME_PLANNERS["redirect-uncovered"](byOld, facts))).toEqual([
      "confirm remove-origin upper:moved",
      "  keep work:index/HANDLE",
      "  origin upper:moved -",
    ]);
  });

  it("waits for the directory above where that shows twice itself", () => {
    const facts = bare();
    facts.put("lower[1]", "d/in", "directory", { ino: 8 });
    facts.put("upper", "moved/in", "directory", { ino: 21, xattrs: { origin: FakeFacts.handle(8) } });
    shows(facts, "moved/in", "d/in");
    const found = uncovered("upper", "moved/in", { fh: FakeFacts.handle(8), other: Buffer.from("d/in") });
    expect(NAME_PLANNERS["redirect-uncovered"](found, facts)).toEqual({ actions: [] });
  });

  it("stands alone where the entry leads to no upper directory: the entry goes", () => {
    const facts = bare();
    facts.remove("upper", "moved");
    expect(told(NAME_PLANNERS["redirect-uncovered"](byOld, facts))).toEqual([
      "confirm keep-entry work:index/HANDLE",
      "  keep work:index/HANDLE",
    ]);
  });
});
