/** Entries that stand for nothing, or for something else than what is seen. */
import { describe, expect, it } from "vitest";
import { FakeFacts } from "../fake-facts.js";
import { aboutEntry, answer, leftOf, only, told } from "./told.js";

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
