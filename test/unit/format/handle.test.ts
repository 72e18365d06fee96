import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeHandle } from "../../../src/lib/format/describeHandle.js";
import {
  decodeHandle,
  encodeHandle,
  HEADER_SIZE,
  handleStatus,
  verifyFh,
  verifyStored,
} from "../../../src/lib/format/fileHandle.js";
import { realHandleHint } from "../../../src/lib/format/realHandle.js";
import { formatUuid } from "../../../src/lib/format/uuid.js";
import { decodeWire, encodeWire, WIRE_TYPE, WIRE_TYPE_V0 } from "../../../src/lib/format/wireHandle.js";

const ORIGIN = Buffer.from("00fb1d0001975c6bf2ebaa4de489d6f8316176e741847e00009fe44e64", "hex");
const UPPER = Buffer.from("00fb1d0401975c6bf2ebaa4de489d6f8316176e741847e00009fe44e64", "hex");

const bytes = (min: number, max: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((array) => Buffer.from(array));
const parts = fc.record({
  type: fc.integer({ min: 0, max: 255 }),
  uuid: bytes(16, 16),
  fid: bytes(0, 128),
  upper: fc.boolean(),
});

function patched(at: number, value: number): Buffer {
  const copy = Buffer.from(ORIGIN);
  copy[at] = value;
  return copy;
}

describe("file handle", () => {
  it("reads an origin and an upper handle as ext4 and the kernel wrote them", () => {
    const origin = decodeHandle(ORIGIN, "little");
    if (origin.kind !== "valid") throw new Error(origin.reason);
    expect(origin.handle).toMatchObject({ version: 0, length: 29, flags: 0, upper: false, type: 1 });
    expect(formatUuid(origin.handle.uuid)).toBe("975c6bf2-ebaa-4de4-89d6-f8316176e741");
    expect(origin.handle.fid.toString("hex")).toBe("847e00009fe44e64");
    expect(realHandleHint(1, origin.handle.fid)?.ino).toBe(0x7e84n);
    const upper = decodeHandle(UPPER, "little");
    expect(upper.kind === "valid" && upper.handle.upper).toBe(true);
  });

  it.each([
    ["zero length", Buffer.alloc(0), "empty"],
    ["one byte", Buffer.from([0]), "short"],
    ["20 bytes", ORIGIN.subarray(0, 20), "short"],
    ["shorter than its length field", ORIGIN.subarray(0, 28), "length"],
    ["another magic", patched(1, 0xfa), "magic"],
    ["a newer version", patched(0, 1), "newer-version"],
    ["an unknown flag", patched(3, 8), "unknown-flag"],
    ["big endian", patched(3, 1), "foreign-endian"],
    ["big endian, any endianness", patched(3, 3), "valid"],
    ["longer than its length field", Buffer.concat([ORIGIN, Buffer.from([1])]), "valid"],
    ["a length field below the header's size", patched(2, 3), "valid"],
    ["newer, but too short for its length", patched(0, 9).subarray(0, 24), "length"],
  ])("%s", (_name, value, status) => {
    expect(handleStatus(value, 0, value.length, "little")).toBe(status);
  });

  it("takes big-endian handles on a big-endian machine and refuses little-endian ones", () => {
    expect(handleStatus(patched(3, 1), 0, 29, "big")).toBe("valid");
    expect(handleStatus(ORIGIN, 0, 29, "big")).toBe("foreign-endian");
  });

  it("decodes what it encodes", () => {
    fc.assert(
      fc.property(parts, fc.constantFrom("little" as const, "big" as const), (input, cpu) => {
        const verdict = decodeHandle(encodeHandle(input, cpu), cpu);
        if (verdict.kind !== "valid") throw new Error(verdict.reason);
        const { type, upper, uuid, fid } = verdict.handle;
        expect({ type, upper, uuid: Buffer.from(uuid), fid: Buffer.from(fid) }).toEqual(input);
      }),
    );
  });

  it("refuses to encode what the length field cannot say", () => {
    const uuid = Buffer.alloc(16);
    expect(() => encodeHandle({ type: 1, uuid, fid: Buffer.alloc(235), upper: false })).toThrow(RangeError);
    expect(() => encodeHandle({ type: 256, uuid, fid: Buffer.alloc(8), upper: false })).toThrow(RangeError);
    expect(() =>
      encodeHandle({ type: 1, uuid: Buffer.alloc(15), fid: Buffer.alloc(8), upper: false }),
    ).toThrow(RangeError);
  });

  it("never throws on any bytes, and says field by field what is there", () => {
    fc.assert(
      fc.property(bytes(0, 300), fc.boolean(), (value, header) => {
        if (header && value.length > 1) value.set([0, 0xfb]);
        decodeHandle(value);
        decodeWire(WIRE_TYPE, value);
        decodeWire(WIRE_TYPE_V0, value);
        const fields = describeHandle(value);
        if (value.length >= HEADER_SIZE) {
          expect(fields.reduce((sum, field) => sum + field.size, 0)).toBe(value.length);
        }
      }),
    );
  });

  it("compares length field and as many bytes, nothing behind them", () => {
    expect(verifyFh(ORIGIN, Buffer.concat([ORIGIN, Buffer.from("rest")]))).toBe(true);
    expect(verifyFh(ORIGIN, UPPER)).toBe(false);
    expect(verifyFh(ORIGIN, patched(2, 28))).toBe(false);
    expect(verifyFh(Buffer.alloc(0), Buffer.alloc(0))).toBe(false);
  });

  it.each([
    ["absent", undefined, "ENODATA"],
    ["origin unknown", Buffer.alloc(0), "ENODATA"],
    ["newer", patched(0, 1), "ENODATA"],
    ["invalid", patched(1, 0), "ENODATA"],
    ["another", UPPER, "ESTALE"],
    ["the same", ORIGIN, "match"],
  ] as const)("stored value %s", (_name, stored, result) => {
    expect(verifyStored(stored, ORIGIN, "little")).toBe(result);
  });
});

describe("wire handle", () => {
  it("has three bytes of padding before the structure", () => {
    const wire = encodeWire(ORIGIN);
    expect(wire.type).toBe(0xf8);
    expect(wire.bytes).toEqual(Buffer.concat([Buffer.alloc(3), ORIGIN]));
    const verdict = decodeWire(wire.type, wire.bytes, "little");
    if (verdict.kind !== "valid") throw new Error(verdict.kind);
    expect(verdict.structure).toEqual(ORIGIN);
  });

  it("drops what is no whole word, as the kernel's length does", () => {
    const cut = Buffer.concat([encodeWire(ORIGIN).bytes, Buffer.from([1, 2])]);
    expect(decodeWire(WIRE_TYPE, cut, "little").kind).toBe("valid");
    expect(decodeWire(WIRE_TYPE, encodeWire(ORIGIN).bytes.subarray(0, 31), "little")).toEqual({
      kind: "invalid",
      reason: "length",
    });
  });

  it("reads the older form without padding in front", () => {
    const old = Buffer.concat([ORIGIN, Buffer.alloc(3)]);
    expect(decodeWire(WIRE_TYPE_V0, old, "little").kind).toBe("valid");
  });

  it("refuses other types and empty handles", () => {
    expect(decodeWire(1, ORIGIN)).toEqual({ kind: "invalid", reason: "type" });
    expect(decodeWire(WIRE_TYPE, Buffer.alloc(0))).toEqual({ kind: "invalid", reason: "short" });
    expect(decodeWire(WIRE_TYPE, Buffer.alloc(4))).toEqual({ kind: "invalid", reason: "short" });
  });
});

describe("real handle", () => {
  it("knows the layouts of ext4, xfs, btrfs and tmpfs, and guesses nothing else", () => {
    const xfs = Buffer.from("800000000100000078563412", "hex");
    expect(realHandleHint(0x81, xfs)).toEqual({
      layout: "ino64-gen",
      ino: 0x100000080n,
      generation: 0x12345678,
    });
    const btrfs = Buffer.from("01010000000000000500000000000000070000 00".replace(" ", ""), "hex");
    expect(realHandleHint(0x4d, btrfs)).toMatchObject({ ino: 257n, subvolume: 5n, generation: 7 });
    const tmpfs = Buffer.from("2a00000010000000 00000000".replace(" ", ""), "hex");
    expect(realHandleHint(1, tmpfs)).toEqual({ layout: "tmpfs", ino: 16n, generation: 42 });
    expect(realHandleHint(0x81, Buffer.alloc(8))).toBeUndefined();
    expect(realHandleHint(0xf8, Buffer.alloc(32))).toBeUndefined();
  });
});
