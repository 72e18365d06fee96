/** Entries of directories. */
import { describe, expect, it } from "vitest";
import { FakeFacts } from "../fake-facts.js";
import { aboutEntry, leftOf, only, told, valueSet } from "./told.js";

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
