import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMetacopy, encodeMetacopy } from "../../../src/lib/format/metacopy.js";
import { decodeNlink, encodeNlink, overlayNlink } from "../../../src/lib/format/nlink.js";
import { decodeOpaque, isImpure } from "../../../src/lib/format/opaque.js";
import { decodeRedirect, encodeRedirect } from "../../../src/lib/format/redirect.js";
import { decodeUuid } from "../../../src/lib/format/uuid.js";
import {
  classifyXattr,
  overlayPrefix,
  TRUSTED_PREFIX,
  USER_PREFIX,
  xattrName,
} from "../../../src/lib/format/xattrNames.js";

const anyBytes = fc.uint8Array({ maxLength: 100 }).map((array) => Buffer.from(array));
const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

describe("redirect", () => {
  it.each([
    ["", "empty"],
    ["/", "empty-segment"],
    ["//a", "empty-segment"],
    ["/a//b", "empty-segment"],
    ["/a/", "empty-segment"],
    ["a/b", "relative-with-slash"],
    ["a/", "relative-with-slash"],
    ["/\0a", "empty-segment"],
  ])("%j is invalid", (value, reason) => {
    expect(decodeRedirect(latin1(value))).toEqual({ kind: "invalid", errno: "EINVAL", reason });
  });

  it.each([
    ["a", false, ["a"], false, false],
    ["/a", true, ["a"], false, false],
    ["/a/b\xff", true, ["a", "b\xff"], false, false],
    ["a\0/b", false, ["a"], true, false],
    ["/a\0/", true, ["a"], true, false],
    ["\0", false, [""], true, true],
    ["..", false, [".."], false, true],
    ["/a/./b", true, ["a", ".", "b"], false, true],
    ["...", false, ["..."], false, false],
  ])("%j is accepted", (value, absolute, segments, truncated, unusable) => {
    const verdict = decodeRedirect(latin1(value));
    if (verdict.kind !== "valid") throw new Error(verdict.reason);
    expect(verdict.segments.map((segment) => segment.toString("latin1"))).toEqual(segments);
    expect(verdict).toMatchObject({ absolute, truncated, unusable });
  });

  it("decodes what it encodes, and throws on no bytes", () => {
    const name = fc
      .uint8Array({ minLength: 1, maxLength: 20 })
      .map((array) => Buffer.from(array.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte))))
      .filter((buffer) => ![".", ".."].includes(buffer.toString("latin1")));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), fc.boolean(), (names, absolute) => {
        const given = absolute ? names : names.slice(0, 1);
        const verdict = decodeRedirect(encodeRedirect(given, absolute));
        if (verdict.kind !== "valid") throw new Error(verdict.reason);
        expect(verdict.segments.map((segment) => Buffer.from(segment))).toEqual(given);
        expect(verdict.absolute).toBe(absolute);
      }),
    );
    fc.assert(fc.property(anyBytes, (value) => void decodeRedirect(value)));
  });

  it("encodes no name that cannot be one", () => {
    for (const bad of ["", ".", "..", "a/b", "a\0"]) {
      expect(() => encodeRedirect([latin1(bad)], true)).toThrow(RangeError);
    }
    expect(() => encodeRedirect([latin1("a"), latin1("b")], false)).toThrow(RangeError);
    expect(() => encodeRedirect([], true)).toThrow(RangeError);
  });
});

describe("nlink", () => {
  it.each([
    ["U+1", "U", 1],
    ["L-2", "L", -2],
    ["U+0", "U", 0],
    ["U-0", "U", 0],
    ["U+007", "U", 7],
    ["U+1\n", "U", 1],
    ["U+1\0zz", "U", 1],
    ["U-2147483648", "U", -2147483648],
  ])("%j is valid", (value, base, difference) => {
    expect(decodeNlink(latin1(value))).toEqual({ kind: "valid", base, difference });
  });

  it.each([
    ["", "base"],
    ["u+1", "base"],
    ["U1", "sign"],
    ["U", "sign"],
    ["U+", "number"],
    ["U++1", "number"],
    ["U+-1", "number"],
    ["U+ 1", "number"],
    ["U+1\n\n", "number"],
    ["U+0x1", "number"],
    ["U+2147483648", "range"],
    ["U+99999999999", "too-long"],
    ["U+1 bla bla bla", "too-long"],
  ])("%j is invalid", (value, reason) => {
    expect(decodeNlink(latin1(value))).toEqual({ kind: "invalid", reason });
  });

  it("counts from the inode that it names, and never down to nothing", () => {
    expect(overlayNlink(decodeNlink(latin1("U+1")), 1, 7)).toBe(2);
    expect(overlayNlink(decodeNlink(latin1("L-2")), 1, 7)).toBe(5);
    expect(overlayNlink(decodeNlink(latin1("U-1")), 1, 7)).toBeNull();
    expect(overlayNlink(decodeNlink(latin1("")), 1, 7)).toBeNull();
  });

  it("decodes what it encodes, and throws on no bytes", () => {
    fc.assert(
      fc.property(fc.constantFrom("U" as const, "L" as const), fc.integer(), (base, difference) => {
        expect(decodeNlink(encodeNlink(base, difference))).toEqual({ kind: "valid", base, difference });
      }),
    );
    fc.assert(fc.property(anyBytes, (value) => void decodeNlink(value)));
  });
});

describe("metacopy", () => {
  it.each([
    [Buffer.alloc(1), "short", "EIO", "lookup"],
    [Buffer.alloc(3), "short", "EIO", "lookup"],
    [Buffer.alloc(69), "long", "ERANGE", "verity"],
    [Buffer.from([1, 4, 0, 0]), "version", "EIO", "verity"],
    [Buffer.from([0, 5, 0, 0]), "length", "EIO", "verity"],
  ])("%o is invalid", (value, reason, errno, when) => {
    expect(decodeMetacopy(value)).toEqual({ kind: "invalid", reason, errno, when });
  });

  it("decodes what it encodes, and throws on no bytes", () => {
    const digest = fc.record({
      algorithm: fc.integer({ min: 1, max: 255 }),
      bytes: fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array)),
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.option(digest), (flags, wanted) => {
        expect(decodeMetacopy(encodeMetacopy(flags, wanted))).toEqual({
          kind: "valid",
          flags,
          digest: wanted,
        });
      }),
    );
    fc.assert(fc.property(anyBytes, (value) => void decodeMetacopy(value)));
    expect(() => encodeMetacopy(0, { algorithm: 1, bytes: Buffer.alloc(65) })).toThrow(RangeError);
  });
});

describe("opaque, impure, uuid", () => {
  it("takes exactly one byte", () => {
    expect(["y", "x", "", "n", "yy", "y\0"].map((value) => decodeOpaque(latin1(value)))).toEqual([
      "opaque",
      "xwhiteouts",
      "ignored",
      "ignored",
      "ignored",
      "ignored",
    ]);
    expect(["y", "x", "yy", ""].map((value) => isImpure(latin1(value)))).toEqual([true, false, false, false]);
  });

  it("takes exactly sixteen", () => {
    expect(decodeUuid(Buffer.alloc(16)).kind).toBe("valid");
    expect(decodeUuid(Buffer.alloc(15))).toEqual({ kind: "invalid", reason: "short" });
    expect(decodeUuid(Buffer.alloc(17))).toEqual({ kind: "invalid", reason: "long" });
  });
});

describe("xattr names", () => {
  it("tells own, escaped, the other prefix's and foreign ones apart", () => {
    expect(classifyXattr("trusted.overlay.origin", TRUSTED_PREFIX)).toEqual({ kind: "own", name: "origin" });
    expect(classifyXattr("trusted.overlay.overlay.overlay.origin", TRUSTED_PREFIX)).toEqual({
      kind: "escaped",
      depth: 2,
      name: "origin",
    });
    expect(classifyXattr("user.overlay.opaque", TRUSTED_PREFIX)).toEqual({
      kind: "other-prefix",
      name: "opaque",
    });
    expect(classifyXattr("user.overlay.what", USER_PREFIX)).toEqual({ kind: "unrecognised", name: "what" });
    expect(classifyXattr("security.capability", USER_PREFIX)).toEqual({ kind: "foreign" });
    expect(xattrName(overlayPrefix(true), "upper")).toBe("user.overlay.upper");
    expect(overlayPrefix(false)).toBe(TRUSTED_PREFIX);
  });
});
