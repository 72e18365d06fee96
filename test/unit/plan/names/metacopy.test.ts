import { describe, expect, it } from "vitest";
import { finding } from "../../../../src/lib/catalogue/index.js";
import type { Lookup } from "../../../../src/lib/kernel/lookup.js";
import { NAME_PLANNERS } from "../../../../src/lib/plan/planners/names.js";
import { FakeFacts } from "../fake-facts.js";
import { at, only, told } from "./told.js";

const ORIGIN = FakeFacts.handle(7);

/** "f" has its metadata only; its data were in a lower file of four bytes. */
function metadataOnly(
  metacopy: Buffer | string = "",
  more: Readonly<Record<string, Buffer>> = {},
): FakeFacts {
  const facts = new FakeFacts();
  facts.put("upper", "f", "file", { ino: 20, size: 4, xattrs: { metacopy, origin: ORIGIN, ...more } });
  return facts;
}

describe("a metacopy file without data", () => {
  const found = finding("metacopy-no-data", { ...at("f"), evidence: { redirect: null } });
  const plan = (facts: FakeFacts) => told(NAME_PLANNERS["metacopy-no-data"](found, facts));

  it("is led to where its origin is now", () => {
    const facts = metadataOnly();
    facts.put("lower[1]", "d", "directory");
    facts.put("lower[1]", "d/g", "file", { ino: 7, size: 4 });
    expect(plan(facts)).toEqual(["confirm set-redirect upper:f", "  redirect upper:f /d/g"]);
  });

  it("needs no redirect where its own name leads there", () => {
    const facts = metadataOnly("", { redirect: Buffer.from("/gone") });
    facts.put("lower[1]", "f", "file", { ino: 7, size: 4 });
    expect(plan(facts)).toEqual(["confirm remove-redirect upper:f", "  redirect upper:f -"]);
  });

  it.each([
    ["its origin is gone", null],
    ["its origin has another size", { size: 5 }],
    ["its origin has no data itself", { size: 4, xattrs: { metacopy: "" } }],
  ])("is left where %s: the mark is never taken off", (_, lower) => {
    const facts = metadataOnly();
    if (lower !== null) facts.put("lower[1]", "g", "file", { ino: 7, ...lower });
    expect(plan(facts)).toEqual([expect.stringContaining("left: ")]);
  });

  it("is left with another word where it has data of its own, which may be a part of it", () => {
    const facts = metadataOnly();
    expect(plan(facts)).toEqual([expect.stringContaining("are nowhere in the layers")]);
    facts.contents.set("upper f", "data");
    expect(plan(facts)).toEqual([expect.stringContaining("whether that is all cannot be known")]);
  });
});

describe("a malformed metacopy mark", () => {
  const found = finding("metacopy-invalid", { ...at("f"), evidence: { value: "", reason: "" } });
  const plan = (facts: FakeFacts) => told(NAME_PLANNERS["metacopy-invalid"](found, facts));

  it("becomes the empty one where the kernel takes it for a mark already", () => {
    expect(plan(metadataOnly(Buffer.from([1, 4, 0, 0])))).toEqual([
      "confirm set-metacopy upper:f",
      "  metacopy upper:f ",
    ]);
  });

  describe("for which the kernel fails the lookup", () => {
    const BROKEN = Buffer.from([0, 2]);
    /** The lower file of its name is its origin, and has data. */
    const beside = (own?: string, more: Readonly<Record<string, Buffer>> = {}, size = 4): FakeFacts => {
      const facts = metadataOnly(BROKEN, more);
      facts.put("lower[1]", "f", "file", { ino: 7, size });
      facts.contents.set("lower[1] f", "data");
      if (own !== undefined) facts.contents.set("upper f", own);
      return facts;
    };

    it("becomes the empty one where the file has no data, and the size of its origin", () => {
      expect(plan(beside())).toEqual(["confirm set-metacopy upper:f", "  metacopy upper:f "]);
    });

    it("goes where the file has the data of its origin", () => {
      expect(plan(beside("data"))).toEqual(["confirm remove-mark upper:f", "  metacopy upper:f -"]);
    });

    it.each([
      ["no lower file has its name", metadataOnly(BROKEN)],
      ["it has other data", beside("da")],
      ["its origin has another size", beside(undefined, {}, 5)],
      ["it has a redirect", beside(undefined, { redirect: Buffer.from("/f") })],
      ["its origin is another file", beside(undefined, { origin: FakeFacts.handle(8) })],
    ])("is left where %s", (_, facts) => {
      expect(plan(facts)).toEqual([expect.stringContaining("left: Compare")]);
    });
  });
});

describe("a metacopy file whose lower file is another one", () => {
  const found = finding("metacopy-origin-mismatch", {
    ...at("f"),
    evidence: { lower: "f", stored: "", expected: "" },
  });
  const plan = (facts: FakeFacts) => NAME_PLANNERS["metacopy-origin-mismatch"](found, facts);

  /** The lower file of its name, as the kernel finds it. */
  function replaced(size: number): FakeFacts {
    const facts = metadataOnly();
    facts.put("lower[1]", "f", "file", { ino: 8, size });
    const [upper, lower] = [facts.plain(Buffer.from("f")), facts.lowerAt(Buffer.from("f"))];
    if (upper.kind !== "found" || lower.kind !== "found") throw new Error("not there");
    facts.lookups.set("plain f", { ...upper, lower: lower.lower } satisfies Lookup);
    return facts;
  }

  it("goes back to its own by a redirect", () => {
    const facts = replaced(4);
    facts.put("lower[1]", "g", "file", { ino: 7, size: 4 });
    expect(told(plan(facts))).toEqual(["confirm set-redirect upper:f", "  redirect upper:f /g"]);
  });

  it("takes the one of its name where that has its size, once its entry is out of the index", () => {
    const facts = replaced(4);
    facts.entry(ORIGIN, "file", { ino: 20 });
    const [entry, origin, ...more] = only(plan(facts)).steps;
    expect(entry).toMatchObject({ op: "unlink", other: at("f") });
    expect(origin).toMatchObject({ op: "xattr", name: "origin", old: ORIGIN, value: FakeFacts.handle(8) });
    expect(more).toEqual([]);
    expect(only(plan(facts)).loses).toContain("handles");
  });

  it("is left where the one of its name has another size", () => {
    expect(told(plan(replaced(9)))).toEqual([expect.stringContaining("left: ")]);
  });
});
