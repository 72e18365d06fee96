import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recogniseHandle } from "../../../src/lib/format/clientHandle.js";
import { encodeHandle } from "../../../src/lib/format/fileHandle.js";
import { decodeGanesha, encodeGanesha, GANESHA_FSIDS } from "../../../src/lib/format/ganeshaHandle.js";
import { decodeKnfsd, encodeKnfsd, KNFSD_FSIDS } from "../../../src/lib/format/knfsdHandle.js";
import { encodeWire, WIRE_TYPE } from "../../../src/lib/format/wireHandle.js";

const STRUCTURE = Buffer.from("00fb1d0001cd4aeaf17218429f96eddd64113807950c00000011223344", "hex");
const WIRE = encodeWire(STRUCTURE).bytes;
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

const bytes = (min: number, max = min): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((array) => Buffer.from(array));
const byte = fc.integer({ min: 0, max: 255 });
const words = (most: number): fc.Arbitrary<Buffer> =>
  fc.integer({ min: 0, max: most }).chain((count) => bytes(count * 4));

const knfsd = fc.integer({ min: 0, max: KNFSD_FSIDS.length - 1 }).chain((fsidType) =>
  fc.record({
    fsidType: fc.constant(fsidType),
    fileidType: fc.integer({ min: 1, max: 255 }),
    fsid: bytes(KNFSD_FSIDS[fsidType]?.size ?? 0),
    fid: words(20),
  }),
);

const ganesha = fc.integer({ min: 0, max: GANESHA_FSIDS.length - 1 }).chain((fsidType) =>
  fc.record({
    flags: byte,
    exportId: fc.integer({ min: 0, max: 0xffff }),
    fsidType: fc.constant(fsidType),
    fsid: bytes(GANESHA_FSIDS[fsidType]?.size ?? 0),
    type: fc.option(fc.integer({ min: 0, max: 0x7fffffff })),
    fid: bytes(0, 100),
  }),
);

describe("a handle of the kernel's NFS server", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(knfsd, (parts) => {
        expect(decodeKnfsd(encodeKnfsd(parts))).toEqual({ kind: "valid", handle: { authType: 0, ...parts } });
      }),
    );
  });

  it.each([
    ["", "short"],
    ["010001", "short"],
    ["02000100 4d000000", "version"],
    ["01010100 4d000000", "auth-type"],
    ["01000800 4d000000", "fsid-type"],
    ["01000600 4d000000", "short"],
  ])("%s: %s", (text, reason) => {
    expect(decodeKnfsd(hex(text))).toEqual({ kind: "invalid", reason });
  });

  it("has nothing behind the fsid for the root", () => {
    expect(recogniseHandle(hex("01000100 4d000000"))).toMatchObject({ form: "knfsd", isRoot: true });
  });

  it.each([
    [{ fsidType: 1, fsid: Buffer.alloc(8), fid: WIRE }, "size of its type"],
    [{ fsidType: 9, fsid: Buffer.alloc(8), fid: WIRE }, "size of its type"],
    [{ fsidType: 1, fsid: Buffer.alloc(4), fid: STRUCTURE }, "whole words"],
  ])("is not made of what does not fit", (parts, message) => {
    expect(() => encodeKnfsd({ fileidType: WIRE_TYPE, ...parts })).toThrow(message);
  });
});

describe("a handle of nfs-ganesha", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(ganesha, (handle) => {
        expect(decodeGanesha(encodeGanesha(handle))).toEqual({ kind: "valid", handle });
      }),
    );
  });

  it("of a real server", () => {
    const text =
      "430000072a44d56a883fefb3aa99f800000000fb1d000145cbc1476b364feda88a6a2e73d3543c0f000000357fb501";
    const found = recogniseHandle(hex(text));
    expect(found).toMatchObject({ form: "ganesha", type: WIRE_TYPE });
    expect(found?.fields.map(({ name, hex: part }) => `${name} ${part}`)).toEqual([
      "version 43",
      "flags 00",
      "export 0007",
      "length 2a",
      "fsidtype 44",
      "fsid d56a883fefb3aa99",
      "type f8",
      "padding 000000",
      "version 00",
      "magic fb",
      "length 1d",
      "flags 00",
      "type 01",
      "uuid 45cbc1476b364feda88a6a2e73d3543c",
      "fid 0f000000357fb501",
    ]);
  });

  it.each([
    ["43000007", "short"],
    ["44000007 02 4001", "version"],
    ["43000007 ff 4001", "short"],
    ["43000007 02 4601", "fsid-type"],
    ["43000007 02 0001", "handle-type"],
    ["43000007 02 4101", "short"],
  ])("%s: %s", (text, reason) => {
    expect(decodeGanesha(hex(text))).toEqual({ kind: "invalid", reason });
  });
});

describe("a handle in any form", () => {
  const inKnfsd = (fsidType: number, size: number): Buffer =>
    encodeKnfsd({ fsidType, fsid: Buffer.alloc(size, 7), fileidType: WIRE_TYPE, fid: WIRE });
  const inGanesha = encodeGanesha({
    flags: 0,
    exportId: 7,
    fsidType: 3,
    fsid: Buffer.alloc(16, 9),
    type: WIRE_TYPE,
    fid: WIRE,
  });

  it.each([
    ["structure", STRUCTURE],
    ["overlay", WIRE],
    ["knfsd", inKnfsd(1, 4)],
    ["knfsd", inKnfsd(6, 16)],
    ["knfsd", inKnfsd(7, 24)],
    ["ganesha", inGanesha],
    ["ganesha", Buffer.concat([inGanesha, Buffer.alloc(3)])],
    ["embedded", Buffer.concat([Buffer.from("another server"), STRUCTURE])],
  ])("%s", (form, whole) => {
    const found = recogniseHandle(whole);
    expect(found).toMatchObject({ form, type: WIRE_TYPE, isRoot: false });
    expect(found?.bytes.subarray(3, 3 + STRUCTURE.length)).toEqual(STRUCTURE);
    const fields = found?.fields ?? [];
    expect(fields.map(({ hex: text }) => text).join("")).toBe(whole.toString("hex"));
    expect(fields.map(({ offset, size }) => offset + size).slice(0, -1)).toEqual(
      fields.slice(1).map(({ offset }) => offset),
    );
  });

  it("of older kernels, with no padding in front", () => {
    const fid = Buffer.concat([STRUCTURE, Buffer.alloc(3)]);
    const whole = encodeKnfsd({ fsidType: 1, fsid: Buffer.alloc(4), fileidType: 0xfb, fid });
    expect(recogniseHandle(whole)).toMatchObject({ form: "knfsd", type: 0xfb });
  });

  it("of another filesystem's", () => {
    const fid = Buffer.from("1100000022334455", "hex");
    const whole = encodeKnfsd({ fsidType: 1, fsid: Buffer.alloc(4), fileidType: 1, fid });
    const found = recogniseHandle(whole);
    expect(found).toMatchObject({ form: "knfsd", type: 1 });
    expect(found?.fields.at(-1)).toMatchObject({ name: "handle", offset: 8, meaning: "no overlay's" });
  });

  it("is nothing else", () => {
    for (const text of ["", "00fb", "deadbeef", "0102030405060708"])
      expect(recogniseHandle(hex(text))).toBeNull();
  });

  it("holds all of its bytes in its fields, whatever they are", () => {
    const any = fc.oneof(
      bytes(0, 80),
      encoded(),
      bytes(0, 40).map((rest) => Buffer.concat([hex("00000000fb"), rest])),
    );
    fc.assert(
      fc.property(any, (whole) => {
        const found = recogniseHandle(whole);
        if (found === null) return;
        expect(found.fields.map(({ hex: text }) => text).join("")).toBe(whole.toString("hex"));
      }),
    );
  });

  function encoded(): fc.Arbitrary<Buffer> {
    const structure = fc.record({ type: byte, uuid: bytes(16), fid: bytes(0, 40), upper: fc.boolean() });
    return fc.tuple(structure, knfsd, ganesha, fc.boolean()).map(([parts, outer, other, first]) => {
      const fid = encodeWire(encodeHandle(parts)).bytes;
      return first
        ? encodeKnfsd({ ...outer, fid, fileidType: WIRE_TYPE })
        : encodeGanesha({ ...other, fid, type: WIRE_TYPE });
    });
  }
});
