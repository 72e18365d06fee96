import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inspectText, parseClientHandle } from "../../../src/lib/inspect/index.js";

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
    for (const [front, names] of [
      ["000000", ["padding"]],
      // Of the kernel's NFS server, with fsid=77, and of nfs-ganesha.
      ["010001f84d000000000000", ["version", "auth", "fsidtype", "type", "fsid", "padding"]],
      [
        "430000073243000102030405060708090a0b0c0d0e0ff8000000",
        ["version", "flags", "export", "length", "fsidtype", "fsid", "type", "padding"],
      ],
      ["c0ffee00", ["server"]],
    ] as const) {
      const found = inspectText(`${front}${STRUCTURE}`);
      expect(found?.kind).toBe("client-handle");
      expect(found?.things[0]).toMatchObject({
        verdict: "valid",
        meaning: "the handle of an object in a lower layer",
      });
      const fields = found?.things[0]?.fields ?? [];
      expect(fields.slice(0, names.length).map(({ name }) => name)).toEqual(names);
      expect(fields[names.length]).toMatchObject({ name: "version", offset: front.length / 2 });
    }
  });

  it("a server's handle that holds no overlay's", () => {
    expect(inspectText("010001004d000000")?.things[0]).toMatchObject({
      verdict: "valid",
      meaning: "the root of what is exported",
    });
    expect(inspectText("010001014d0000001100000022334455")?.things[0]).toMatchObject({ verdict: "unknown" });
  });

  it.each([
    `Handle len 42 0x44: fsid=0x000000003f886ad5.0x0000000099aab3ef, type 0xf8, opaque: (29:0x${STRUCTURE})`,
    `(29:0x${STRUCTURE})`,
    `${STRUCTURE.length / 2}: ${STRUCTURE.replaceAll(/(..)/g, "$1 ").trim()}`,
    Buffer.from(STRUCTURE, "hex").toString("base64"),
    Buffer.from(STRUCTURE, "hex").toString("base64url"),
    `0s${Buffer.from(STRUCTURE, "hex").toString("base64")}`,
    `  ${STRUCTURE}\n`,
  ])("as a log has it: %s", (text) => {
    expect(parseClientHandle(text)).toMatchObject({ form: "structure", type: 0xf8 });
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
