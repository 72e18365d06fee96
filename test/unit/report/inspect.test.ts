import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inspectText } from "../../../src/lib/inspect/index.js";

const STRUCTURE = "00fb1d0001cd4aeaf17218429f96eddd64113807950c00000011223344";

describe("inspect", () => {
  it.each([STRUCTURE, `0x${STRUCTURE}`, STRUCTURE.replaceAll(/(..)/g, "$1:").slice(0, -1)])(
    "a handle: %s",
    (text) => {
      const found = inspectText(text);
      expect(found?.kind).toBe("handle");
      expect(found?.things[0]).toMatchObject({
        verdict: "valid",
        meaning: "the handle of an object in a lower layer",
      });
      expect(found?.things[0]?.fields.map((field) => field.name)).toEqual([
        "version",
        "magic",
        "length",
        "flags",
        "type",
        "uuid",
        "fid",
      ]);
    },
  );

  it("a client's handle, alone and behind a server's part", () => {
    for (const [front, size] of [
      ["000000", 3],
      ["43000710070000000000000007f8000000000000", 20],
    ] as const) {
      const found = inspectText(`${front}${STRUCTURE}`);
      expect(found?.kind).toBe("client-handle");
      expect(found?.things[0]?.fields[0]).toMatchObject({ offset: 0, size });
      expect(found?.things[0]?.fields[1]).toMatchObject({ name: "version", offset: size });
    }
  });

  it.each([
    ["trusted.overlay.nlink=U-1", "valid", "link count is that of the upper inode - 1"],
    ["user.overlay.opaque=y", "valid", "hides everything"],
    ["opaque=z", "ignored", "neither y nor x"],
    ["trusted.overlay.redirect=0x2f612f62", "valid", '"/a/b", from the overlay'],
    ["trusted.overlay.redirect=a/b", "invalid", "EINVAL"],
    ["trusted.overlay.metacopy=0x00", "invalid", "EIO"],
    [`trusted.overlay.origin=0x${STRUCTURE}`, "valid", "lower layer"],
    ['trusted.overlay.impure="y"', "valid", "origin"],
  ])("%s", (text, verdict, meaning) => {
    const thing = inspectText(text)?.things[0];
    expect(thing?.verdict).toBe(verdict);
    expect(thing?.meaning).toContain(meaning);
  });

  it("takes any text without an exception", () => {
    fc.assert(fc.property(fc.string(), (text) => void inspectText(text)));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void inspectText(Buffer.from(bytes).toString("hex"))));
  });
});
