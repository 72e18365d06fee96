/** Entries whose name, or the object behind it, is not what a lookup expects. */
import { describe, expect, it } from "vitest";
import { FakeFacts } from "../fake-facts.js";
import { aboutEntry, copiedUp, leftOf, only, told, valueSet } from "./told.js";

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
