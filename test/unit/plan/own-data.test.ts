import { describe, expect, it } from "vitest";
import { finding } from "../../../src/lib/catalogue/index.js";
import { encodeMetacopy } from "../../../src/lib/format/metacopy.js";
import { giveOwnData } from "../../../src/lib/plan/planners/own-data.js";
import { FakeFacts } from "./fake-facts.js";
import { at, told } from "./names/told.js";

const DIGEST = { algorithm: 1, bytes: Buffer.alloc(32, 5) };
const FOUND = finding("metacopy-not-followed", { ...at("f"), evidence: { option: "nfs_export=on" } });
const COPY = ["confirm copy-data upper:f", "  fill upper:f"];
const UNMARK = ["confirm remove-mark upper:f", "  metacopy upper:f -", "  redirect upper:f -"];

/** "f" is 9 bytes long and has no data; the lower file "g" has. */
function metadataOnly(mark: Buffer = Buffer.alloc(0), size = 9): FakeFacts {
  const facts = new FakeFacts();
  facts.put("upper", "f", "file", { ino: 20, size, xattrs: { metacopy: mark, redirect: "/g" } });
  const place = at("g", "lower[1]");
  facts.data.set("f", { place, object: facts.put("lower[1]", "g", "file", { ino: 7, size: 9 }) });
  facts.contents.set("lower[1] g", "the data.");
  return facts;
}

const plan = (facts: FakeFacts): string[] => told(giveOwnData(at("f"), Buffer.from("f"), FOUND, facts));
const left = (text: string): unknown[] => [expect.stringMatching(new RegExp(`^left: .*${text}`))];

describe("a metadata-only file", () => {
  it("gets its data first, and keeps its looks", () => {
    const facts = metadataOnly();
    const answer = giveOwnData(at("f"), Buffer.from("f"), FOUND, facts);
    expect(plan(facts)).toEqual(COPY);
    expect("actions" in answer && answer.actions[0]?.steps).toEqual([
      {
        op: "fill",
        at: at("f"),
        seen: { ino: 20, ctimeNs: 20000n },
        from: at("g", "lower[1]"),
        source: { ino: 7, ctimeNs: 7000n },
        size: 9,
        data: 9,
        looks: { mode: 0o100644, capability: null, atimeNs: 1n, mtimeNs: 2n },
      },
    ]);
  });

  it("loses its mark once its data is that of the lower file", () => {
    const facts = metadataOnly();
    facts.contents.set("upper f", "the data.");
    expect(plan(facts)).toEqual(UNMARK);
  });

  it("needs no data where the lower file is one hole", () => {
    const facts = metadataOnly();
    facts.contents.delete("lower[1] g");
    expect(plan(facts)).toEqual(UNMARK);
  });

  it("is left where no journal could tell its size", () => {
    const facts = metadataOnly(undefined, 2 ** 53);
    const place = at("g", "lower[1]");
    facts.data.set("f", { place, object: facts.put("lower[1]", "g", "file", { ino: 7, size: 2 ** 53 }) });
    expect(plan(facts)).toEqual(left("no journal can hold"));
  });

  it("is left where its own data is another, or half of it", () => {
    const facts = metadataOnly();
    facts.contents.set("upper f", "the ");
    expect(plan(facts)).toEqual(left("data of its own"));
  });

  it("is left where the lower file has another size", () => {
    expect(plan(metadataOnly(Buffer.alloc(0), 10))).toEqual(left("is 9 bytes long, and the file 10"));
  });

  it.each([
    [2, "ENOENT"],
    [5, "nowhere in the layers"],
    [116, "not its origin"],
  ])("is left where the lookup of its data fails with %i", (errno, text) => {
    const facts = metadataOnly();
    facts.data.set("f", errno);
    expect(plan(facts)).toEqual(left(text));
  });

  it("is left where anybody could have named its data", () => {
    const facts = Object.assign(metadataOnly(), { options: { ...metadataOnly().options, userxattr: true } });
    expect(plan(facts)).toEqual(left("userxattr"));
  });

  it("is left where its mark is malformed", () => {
    expect(plan(metadataOnly(Buffer.from([1, 4, 0, 0])))).toEqual(left("malformed"));
  });

  it("is nothing to be done for where it has no mark any more", () => {
    const facts = metadataOnly();
    facts.put("upper", "f", "file");
    expect(plan(facts)).toEqual(left("Check again"));
  });
});

describe("one whose mark has a digest", () => {
  const mark = encodeMetacopy(0, DIGEST);
  const measured = (digest: typeof DIGEST | number): string[] => {
    const facts = metadataOnly(mark);
    facts.digests.set("lower[1] g", digest);
    return plan(facts);
  };

  it("gets the data that has it", () => {
    expect(measured({ ...DIGEST, bytes: Buffer.alloc(32, 5) })).toEqual(COPY);
  });

  it.each([
    ["has another digest", { ...DIGEST, bytes: Buffer.alloc(32, 6) }, "is another"],
    ["has a digest of another algorithm", { ...DIGEST, algorithm: 2 }, "is another"],
    ["has fs-verity off", -61, "has fs-verity off"],
    ["is on a filesystem without fs-verity", -95, "cannot be asked for \\(EOPNOTSUPP\\)"],
    ["is below a kernel without fs-verity", -25, "cannot be asked for \\(ENOTTY\\)"],
  ] as const)("is left where the lower file %s", (_, digest, text) => {
    expect(measured(digest)).toEqual(left(text));
  });

  it("does without it where the mark has none", () => {
    const facts = metadataOnly(Buffer.alloc(0));
    facts.digests.set("lower[1] g", -61);
    expect(plan(facts)).toEqual(COPY);
  });
});
