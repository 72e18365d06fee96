import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeHandle } from "../../../src/lib/format/fileHandle.js";
import { decodeIndexName, encodeIndexName, isTemporaryName } from "../../../src/lib/format/indexName.js";

const NAME = "00fb1d0001975c6bf2ebaa4de489d6f8316176e741847e00009fe44e64";
const verdict = (name: string) => decodeIndexName(Buffer.from(name, "latin1"), "little");

describe("index entry name", () => {
  it("reads a name the kernel wrote", () => {
    expect(verdict(NAME)).toMatchObject({ kind: "valid", canonical: true, deviation: "none" });
  });

  it.each([
    ["41 characters", NAME.slice(0, 41), "short"],
    ["not hex", `${NAME.slice(0, -1)}g`, "not-hex"],
    ["a kernel temporary", "#1f", "short"],
    ["cut short", NAME.slice(0, -2), "length"],
    ["another magic", NAME.replace("fb", "fa"), "magic"],
    ["a sign among the digits", NAME.replace("1d", "-d"), "not-hex"],
  ])("%s refuses the mount with EINVAL", (_name, name, reason) => {
    expect(verdict(name)).toEqual({ kind: "invalid", errno: "EINVAL", reason });
  });

  it.each([
    ["newer", `01${NAME.slice(2)}`, "newer-version"],
    ["unknown flag", NAME.replace("1d00", "1d40"), "unknown-flag"],
    ["big endian", NAME.replace("1d00", "1d01"), "foreign-endian"],
  ])("%s refuses the mount with ENODATA", (_name, name, reason) => {
    expect(verdict(name)).toEqual({ kind: "unknown", errno: "ENODATA", reason });
  });

  it.each([
    ["upper case", NAME.toUpperCase(), "upper-case"],
    ["one upper-case digit", NAME.replace("5c", "5C"), "upper-case"],
    ["an odd character more", `${NAME}z`, "odd-length"],
    ["two characters more", `${NAME}00`, "trailing-bytes"],
    ["a length field below the header's size", NAME.replace("1d", "05"), "short-length-field"],
  ])("%s is kept and never found", (_name, name, deviation) => {
    expect(verdict(name)).toMatchObject({ kind: "valid", canonical: false, deviation });
  });

  it("canonical is exactly what encoding gives back", () => {
    const handle = fc.record({
      type: fc.integer({ min: 0, max: 255 }),
      uuid: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fid: fc.uint8Array({ minLength: 0, maxLength: 100 }),
      upper: fc.boolean(),
    });
    const mangle = fc.constantFrom<(name: string) => string>(
      (name) => name,
      (name) => name.toUpperCase(),
      (name) => `${name}0`,
      (name) => `${name}00`,
    );
    fc.assert(
      fc.property(handle, mangle, (parts, change) => {
        const name = Buffer.from(change(encodeIndexName(encodeHandle(parts)).toString("latin1")), "latin1");
        const result = decodeIndexName(name);
        if (result.kind !== "valid") throw new Error(result.reason);
        expect(result.canonical).toBe(encodeIndexName(result.bytes).equals(name));
      }),
    );
  });

  it("never throws on any name", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 255 }), (name) => void decodeIndexName(Buffer.from(name))),
    );
    const hex = fc.string({ unit: fc.constantFrom(..."0123456789abcdefABCDEF"), maxLength: 255 });
    fc.assert(fc.property(hex, (name) => void verdict(`00fb${name}`)));
  });

  it("tells the kernel's temporaries", () => {
    expect(isTemporaryName(Buffer.from("#1f"))).toBe(true);
    expect(isTemporaryName(Buffer.from(NAME))).toBe(false);
    expect(isTemporaryName(Buffer.alloc(0))).toBe(false);
  });
});
