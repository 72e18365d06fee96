import { describe, expect, it } from "vitest";
import { type Code, finding } from "../../../../src/lib/catalogue/index.js";
import { clearVolatile, MOUNT_PLANNERS } from "../../../../src/lib/plan/planners/mount.js";
import { NAME_PLANNERS } from "../../../../src/lib/plan/planners/names.js";
import { FakeFacts } from "../fake-facts.js";
import { at, only, renamed, shows, told } from "./told.js";

describe("a whiteout without effect", () => {
  const evidence = { kind: "device" } as const;
  const orphan = (path: string) => finding("whiteout-orphan", { ...at(path), evidence });

  it("is kept aside, unattended", () => {
    const facts = new FakeFacts();
    facts.put("upper", "w", "whiteout");
    expect(told(NAME_PLANNERS["whiteout-orphan"](orphan("w"), facts))).toEqual([
      "auto remove-whiteout upper:w",
      "  keep upper:w",
    ]);
  });

  it("stays while its directory shows another one than it was made of: that one may have the name", () => {
    const facts = renamed();
    facts.put("upper", "moved/w", "whiteout");
    shows(facts, "moved", null);
    const answer = NAME_PLANNERS["whiteout-orphan"](orphan("moved/w"), facts);
    expect(told(answer)[0]).toContain('left: Mend "moved" first');
  });

  it("goes where opaque says that nothing of lower shall show", () => {
    const facts = new FakeFacts();
    facts.put("lower[1]", "d", "directory", { ino: 7 });
    facts.put("upper", "d", "directory", { xattrs: { origin: FakeFacts.handle(7), opaque: "y" } });
    facts.put("upper", "d/w", "whiteout");
    const found = finding("whiteout-in-opaque", { ...at("d/w"), evidence });
    expect(only(NAME_PLANNERS["whiteout-in-opaque"](found, facts)).safety).toBe("auto");
  });

  it("is found under another path in a lower layer that a redirect leads to", () => {
    const facts = new FakeFacts(2);
    facts.put("lower[1]", "old/w", "whiteout");
    const found = finding("whiteout-orphan", {
      ...at("new/w", "lower[1]"),
      evidence,
      bytes: { lower: Buffer.from("old/w") },
    });
    expect(told(NAME_PLANNERS["whiteout-orphan"](found, facts))[1]).toBe("  keep lower[1]:old/w");
  });
});

describe("an opaque mark without meaning", () => {
  const found = finding("opaque-invalid", { ...at("d"), evidence: { value: "7a" } });

  it.each([
    [true, 'shows lower[1] "d"'],
    [false, "nothing to hide"],
  ])("goes, and what is visible stays (lower has the name: %s)", (hasLower, why) => {
    const facts = new FakeFacts();
    if (hasLower) facts.put("lower[1]", "d", "directory");
    facts.put("upper", "d", "directory", { xattrs: { opaque: "z" } });
    const answer = NAME_PLANNERS["opaque-invalid"](found, facts);
    expect(told(answer)).toEqual(["confirm remove-opaque upper:d", "  opaque upper:d -"]);
    expect(only(answer).evidence).toContain(why);
  });
});

describe("an xattr whiteout that does not count", () => {
  const found = (layer: string, lower?: string) =>
    finding("whiteout-xattr-unmarked", {
      ...at("w", layer),
      evidence: { size: 0 },
      ...(lower === undefined ? {} : { bytes: { lower: Buffer.from(lower) } }),
    });
  const plan = NAME_PLANNERS["whiteout-xattr-unmarked"];

  it("becomes one of the other kind in upper where it covers something", () => {
    const facts = new FakeFacts();
    facts.put("upper", "w", "file", { xattrs: { whiteout: "" } });
    facts.put("lower[1]", "w", "file");
    expect(told(plan(found("upper"), facts))).toEqual([
      "confirm add-whiteout upper:w",
      "  keep upper:w",
      "  make upper:w whiteout",
    ]);
    facts.remove("lower[1]", "w");
    expect(told(plan(found("upper"), facts))).toEqual(["confirm remove-whiteout upper:w", "  keep upper:w"]);
  });

  it("is a file like any other where it has data", () => {
    const facts = new FakeFacts();
    facts.put("upper", "w", "file", { size: 5, xattrs: { whiteout: "" } });
    expect(told(plan(found("upper"), facts))).toEqual([
      "confirm remove-mark upper:w",
      "  whiteout upper:w -",
    ]);
  });

  it("gets its directory marked in a lower layer, under the layer's own path", () => {
    const facts = new FakeFacts(2);
    facts.put("lower[1]", "old", "directory");
    facts.put("lower[1]", "old/w", "file", { xattrs: { whiteout: "" } });
    expect(told(plan(found("lower[1]", "old/w"), facts))).toEqual([
      "confirm set-opaque lower[1]:old",
      "  opaque lower[1]:old x",
    ]);
  });
});

describe("what a mount is given", () => {
  it.each(Object.keys(MOUNT_PLANNERS) as Code[])("%s is left with what has to be done", (code) => {
    const found = { code, severity: "error", layer: null, path: null, evidence: {} } as never;
    const answer = MOUNT_PLANNERS[code as keyof typeof MOUNT_PLANNERS](found);
    expect(told(answer)).toEqual([expect.stringMatching(/^left: [A-Z].*\.$/)]);
  });

  it("the volatile mark alone is moved aside, where that is asked for", () => {
    const facts = new FakeFacts();
    facts.put("work", "work/incompat/volatile", "directory");
    const found = finding("volatile-dirty", { evidence: { path: "work/incompat/volatile" } });
    const answer = clearVolatile(found, facts);
    expect(told(answer)).toEqual([
      "confirm clear-volatile work:work/incompat/volatile",
      "  keep work:work/incompat/volatile",
    ]);
    expect(only(answer).loses).not.toBeNull();
  });
});
