import { constants } from "node:buffer";
import { crc32 as zlib } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, type Entry, encode } from "../../../src/lib/apply/codec.js";
import { parseJournal } from "../../../src/lib/apply/journal.js";
import { bytesFromJson, bytesToJson, crc32, jsonOf, line } from "../../../src/lib/apply/line.js";
import { fill, LIKE, link, place, rename, uncover, unlink, xattr } from "./changes.js";

const HEADER: Entry = {
  kind: "header",
  header: {
    tool: "0.1.0",
    command: "repair",
    started: "2026-11-23T12:00:00.000Z",
    prefix: "trusted.overlay.",
    uuid: "00112233445566778899aabbccddeeff",
    layers: [{ name: "upper", path: Buffer.from("/l\xe4yers/\xff", "latin1"), ino: 12 }],
    stamp: { ino: 15, ctimeNs: 1795437827123456789n },
  },
};
const change = (value: ReturnType<typeof link>): Entry => ({ kind: "change", change: value });
const OTHER_PREFIX = xattr("upper:a", 1, "nlink", "U-1", null, "user.overlay.");
const ENTRIES: Entry[] = [
  HEADER,
  { kind: "batch", first: 0 },
  {
    kind: "directory",
    touched: { at: place("work:index"), ino: 5, atimeNs: 1n, mtimeNs: 9223372036854775807n },
  },
  { kind: "action", action: "add-entry", code: "copied-up-not-indexed" },
  change(xattr("upper:a", 1, "nlink", null, "U-1")),
  change(link("work:index/00fb", 1, "upper:a")),
  { kind: "batch", first: 2 },
  change(OTHER_PREFIX),
  change(unlink("work:index/00fb", 1, "upper:a")),
  change(rename("upper:a", 1, "journal:kept/3")),
  { kind: "back", to: 2 },
  { kind: "recovered" },
  { kind: "finished", changes: 5, actions: 1, stamp: null },
  { kind: "undone", stamp: { ino: 1, ctimeNs: -5n } },
];
const FILLS: Entry[] = [
  change(fill("upper:p", 2)),
  change({ ...fill("upper:p", 2), looks: { mode: 0o100644, capability: null, atimeNs: -1n, mtimeNs: 0n } }),
];
const UNCOVERED: Entry[] = [
  change(uncover("lower[1]:w", 7)),
  change({ ...uncover("lower[1]:w", 7, "d/\xff"), like: { ...LIKE, xattrs: [] } }),
];
const text = (entries: readonly Entry[]): string => entries.map(encode).join("");
const parse = (journal: string) => parseJournal(Buffer.from(journal, "latin1"));

describe("a line", () => {
  it.each([...ENTRIES, ...FILLS, ...UNCOVERED].map((entry) => [entry.kind, entry] as const))(
    "of %s comes back as it was",
    (_, entry) => {
      const line = encode(entry);
      expect(line).toMatch(/^[0-9a-f]{8} [ -~]+\n$/);
      expect(decode(jsonOf(line.slice(0, -1)) ?? "")).toEqual(entry);
    },
  );

  it("has any bytes in it", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (array) => {
        const bytes = Buffer.from(array);
        const json = bytesToJson(bytes);
        expect(json).toMatch(/^[ -~]*$/);
        expect(bytesFromJson(JSON.parse(json))).toEqual(bytes);
      }),
    );
    expect(bytesToJson(Buffer.from("a/ü\n"))).toBe('"a/\\u00fc\\n"');
    expect(bytesToJson(Buffer.from([0x61, 0xff]))).toBe('{"hex":"61ff"}');
  });

  it("has the checksum that zlib has", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), (ascii) => {
        expect(crc32(ascii)).toBe(zlib(ascii));
      }),
    );
  });

  it("with any character changed is none", () => {
    const line = encode(ENTRIES[5] as Entry).slice(0, -1);
    for (let i = 0; i < line.length; i++) {
      const other = line[i] === "x" ? "y" : "x";
      expect(jsonOf(line.slice(0, i) + other + line.slice(i + 1))).toBeNull();
      expect(jsonOf(line.slice(0, i))).toBeNull();
    }
  });
});

describe("a journal", () => {
  it("is read as it was written", () => {
    expect(parse(text(ENTRIES))).toMatchObject({
      torn: false,
      actions: 1,
      batches: [
        { first: 0, touched: [{ ino: 5 }], changes: [{ op: "xattr" }, { op: "link" }] },
        { first: 2, touched: [], changes: [{ op: "xattr" }, { op: "unlink" }, { op: "rename" }] },
      ],
      finished: { changes: 5 },
      undone: { stamp: { ino: 1 } },
    });
  });

  it("cut off anywhere is one that is shorter", () => {
    const whole = text(ENTRIES.slice(0, 10));
    for (let end = 0; end < whole.length; end++) {
      const journal = parse(whole.slice(0, end));
      if ("problem" in journal) {
        expect(journal.problem).toBe("empty");
        continue;
      }
      expect(journal.torn).toBe(
        whole[end - 1] !== "\n" && jsonOf(whole.slice(0, end).split("\n").at(-1) ?? "") === null,
      );
      // Recovery goes on after what is torn.
      const more = parse(`${whole.slice(0, end)}\n${text([{ kind: "recovered" }, { kind: "back", to: 0 }])}`);
      expect(more).toMatchObject({ torn: false, back: 0, batches: journal.batches });
    }
  });

  it.each([1, 2])("of format %i is read, too", (version) => {
    const old = ENTRIES.map((entry, i) => {
      const json = jsonOf(encode(entry).slice(0, -1)) ?? "";
      return i === 0 ? line(json.replace("journal/3", `journal/${version}`)) : line(json);
    });
    expect(parse(old.join(""))).toEqual(parse(text(ENTRIES)));
  });

  it("is read where it is longer than a string can be", () => {
    const whole = text(ENTRIES.slice(0, 6));
    // Zeros, as a filesystem may leave them at the end of a file that grew before a crash.
    const bytes = Buffer.alloc(constants.MAX_STRING_LENGTH + whole.length);
    bytes.write(whole, "latin1");
    expect(parseJournal(bytes)).toMatchObject({ torn: true, batches: [{ changes: { length: 2 } }] });
  });

  it.each([
    ["security.", "no prefix of overlay xattrs"],
    ["trusted.overlay.", "an xattr of the run's own prefix is named with it"],
  ])("names no xattr with the prefix %s", (prefix, why) => {
    const json = JSON.stringify(["prefixed-xattr", "upper", "a", 1, prefix, "nlink", null, ""]);
    const evil = `${text(ENTRIES.slice(0, 2))}${line(json)}`;
    expect(parse(evil)).toMatchObject({ problem: "bad", why: expect.stringContaining(why) });
  });

  it.each([
    ["the capabilities of a file", [0o020000, 0, 0, "0", "0", [["security.capability", "00"]]]],
    ["what is no whiteout", [0o100755, 0, 0, "0", "0", []]],
    ["fewer attributes than there are", [0o020000, 0, 0, "0"]],
  ])("makes no whiteout again with %s", (_, like) => {
    const json = JSON.stringify(["uncover", "lower[1]", "w", 7, like, null]);
    expect(parse(`${text(ENTRIES.slice(0, 2))}${line(json)}`)).toMatchObject({ problem: "bad" });
  });

  it("has xattrs of no other prefix than those of overlays", () => {
    const header = encode(HEADER).slice(9).replace("trusted.overlay.", "security.").trimEnd();
    expect(parse(line(header))).toMatchObject({ problem: "bad" });
  });

  it("torn in the middle, or of another kind, is told", () => {
    const lines = ENTRIES.map(encode);
    const torn = [...lines.slice(0, 4), "00000000 x\n", ...lines.slice(4)].join("");
    expect(parse(torn)).toEqual({ problem: "bad", why: "line 5 cannot be read" });
    expect(parse(lines.filter((_, i) => i !== 4).join(""))).toEqual({
      problem: "bad",
      why: "changes are missing",
    });
    expect(parse(lines.slice(1).join(""))).toMatchObject({ problem: "bad" });
    expect(parse(lines.join("").replace("journal/3", "journal/12"))).toMatchObject({ problem: "future" });
    expect(parse("")).toMatchObject({ problem: "empty" });
  });
});
