import { describe, expect, it } from "vitest";
import { finding } from "../../../../src/lib/catalogue/index.js";
import { NAME_PLANNERS } from "../../../../src/lib/plan/planners/names.js";
import { FakeFacts } from "../fake-facts.js";
import { at, only, shows, told } from "./told.js";

const dangling = (path = "moved") =>
  finding("redirect-dangling", { ...at(path), evidence: { redirect: "/gone", resolved: "/gone" } });
const plan = (facts: FakeFacts, path?: string) => NAME_PLANNERS["redirect-dangling"](dangling(path), facts);

/** "moved" has a redirect to nothing. */
function lost(xattrs: Readonly<Record<string, Buffer | string>> = {}, lowers = 1): FakeFacts {
  const facts = new FakeFacts(lowers);
  facts.put("upper", "moved", "directory", { ino: 20, xattrs: { redirect: "/gone", ...xattrs } });
  shows(facts, "moved", null);
  return facts;
}

describe("a dangling redirect", () => {
  it("follows the origin to where its directory is now", () => {
    const facts = lost({ origin: FakeFacts.handle(7) });
    facts.put("lower[1]", "elsewhere", "directory", { ino: 7 });
    expect(told(plan(facts))).toEqual([
      "confirm set-redirect upper:moved",
      "  redirect upper:moved /elsewhere",
    ]);
    expect(only(plan(facts)).evidence).toBe('its origin leads to lower[1] "elsewhere"');
  });

  it("is not needed where the origin has the directory's own name", () => {
    const facts = lost({ origin: FakeFacts.handle(7) });
    facts.put("lower[1]", "moved", "directory", { ino: 7 });
    expect(told(plan(facts))).toEqual(["confirm remove-redirect upper:moved", "  redirect upper:moved -"]);
  });

  it("follows the index entry where there is no origin, and gives the origin back first", () => {
    const facts = lost();
    facts.put("lower[1]", "d", "directory", { ino: 7 });
    facts.put("upper", "d", "whiteout");
    facts.entry(FakeFacts.handle(7), "directory", { xattrs: { upper: FakeFacts.handle(20, true) } });
    const action = only(plan(facts));
    expect(action.evidence).toBe('its index entry leads to lower[1] "d"');
    expect(action.steps.map((step) => step.op === "xattr" && step.name)).toEqual(["origin", "redirect"]);
  });

  it("follows its name and content where one directory alone has both", () => {
    const facts = lost();
    facts.put("upper", "moved/removed", "whiteout");
    facts.put("lower[1]", "old/moved", "directory", { ino: 7 });
    facts.put("lower[1]", "old/moved/removed", "file");
    facts.put("lower[1]", "old", "directory");
    facts.put("upper", "old", "directory");
    facts.put("upper", "old/moved", "whiteout");
    expect(told(plan(facts))).toContain("  redirect upper:moved /old/moved");
    expect(only(plan(facts)).evidence).toContain("neither an origin nor an index entry");
  });

  it("is not guessed where two directories have name and content", () => {
    const facts = lost();
    facts.put("upper", "moved/removed", "whiteout");
    for (const dir of ["a", "b"]) {
      facts.put("lower[1]", dir, "directory");
      facts.put("lower[1]", `${dir}/moved`, "directory");
      facts.put("lower[1]", `${dir}/moved/removed`, "file");
      facts.put("upper", dir, "directory");
      facts.put("upper", `${dir}/moved`, "whiteout");
    }
    expect(told(plan(facts))).toEqual(["auto remove-redirect upper:moved", "  redirect upper:moved -"]);
    expect(only(plan(facts)).evidence).toContain("2 lower directories have what it stands upon");
  });

  it("goes unattended where that changes nothing, and its origin stays", () => {
    const facts = lost({ origin: FakeFacts.handle(7) });
    expect(told(plan(facts))).toEqual(["auto remove-redirect upper:moved", "  redirect upper:moved -"]);
  });

  it("goes after opaque where a lower directory has the name", () => {
    const facts = lost({ origin: FakeFacts.handle(7) });
    facts.put("lower[1]", "moved", "directory", { ino: 8 });
    expect(told(plan(facts))).toEqual([
      "confirm remove-redirect upper:moved",
      "  opaque upper:moved y",
      "  redirect upper:moved -",
    ]);
  });

  it("does not lead to what another directory shows: the origin goes too, after its entry", () => {
    const facts = lost({ origin: FakeFacts.handle(7) });
    facts.put("lower[1]", "d", "directory", { ino: 7 });
    facts.put("upper", "d", "directory", { ino: 21 });
    facts.entry(FakeFacts.handle(7), "directory", { xattrs: { upper: FakeFacts.handle(20, true) } });
    expect(told(plan(facts))).toEqual([
      "confirm remove-redirect upper:moved",
      "  redirect upper:moved -",
      "  keep work:index/HANDLE",
      "  origin upper:moved -",
    ]);
    expect(only(plan(facts)).evidence).toContain('"d" shows');
  });

  it("does not lead to what no redirect reaches", () => {
    const facts = lost({ origin: FakeFacts.handle(7) }, 2);
    facts.put("lower[1]", "d", "whiteout");
    facts.put("lower[2]", "d", "directory", { ino: 7 });
    expect(only(plan(facts)).evidence).toContain("which no redirect reaches");
  });

  it("does not lead to a directory that could not be covered under its own name", () => {
    const facts = lost({ origin: FakeFacts.handle(7) });
    facts.put("lower[1]", "p", "directory");
    facts.put("lower[1]", "p/d", "directory", { ino: 7 });
    expect(only(plan(facts)).evidence).toContain("never copied up");
  });

  it("is void in an opaque directory, whatever it says", () => {
    const facts = lost({ opaque: "y", origin: FakeFacts.handle(7) });
    facts.put("lower[1]", "d", "directory", { ino: 7 });
    expect(told(plan(facts))).toEqual(["auto remove-redirect upper:moved", "  redirect upper:moved -"]);
  });

  it("is left in a lower layer", () => {
    const found = { ...dangling(), layer: "lower[1]" };
    expect(told(NAME_PLANNERS["redirect-dangling"](found, lost()))[0]).toContain("left: ");
  });
});

describe("a malformed redirect", () => {
  const malformed = (path: string) =>
    finding("redirect-malformed", { ...at(path), evidence: { redirect: "//a", reason: "empty-segment" } });

  it("is taken off with consent: the name comes back", () => {
    const facts = lost({ redirect: "//a" });
    facts.lookups.set("plain moved", { kind: "error", errno: 22, events: [] });
    const action = only(NAME_PLANNERS["redirect-malformed"](malformed("moved"), facts));
    expect([action.action, action.safety]).toEqual(["remove-redirect", "confirm"]);
    expect(action.loses).toContain('"//a"');
  });

  it("means nothing on a file that has its data", () => {
    const facts = new FakeFacts();
    facts.put("upper", "f", "file", { xattrs: { redirect: "//a" } });
    expect(told(NAME_PLANNERS["redirect-malformed"](malformed("f"), facts))).toEqual([
      "auto remove-redirect upper:f",
      "  redirect upper:f -",
    ]);
  });
});

describe("a lookup that is refused", () => {
  const refused = finding("lookup-refused", { ...at("moved"), evidence: { errno: "EACCES", reason: "" } });

  it("is mended where a redirect is the reason", () => {
    const facts = lost({ redirect: "/.." });
    facts.lookups.set("plain moved", { kind: "error", errno: 13, events: [] });
    expect(only(NAME_PLANNERS["lookup-refused"](refused, facts)).action).toBe("remove-redirect");
  });

  it("is left for any other reason", () => {
    expect(told(NAME_PLANNERS["lookup-refused"](refused, lost()))[0]).toContain("left: ");
  });
});
