import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ganeshaString,
  Inexpressible,
  octalField,
  unitValue,
  unitWord,
} from "../../../src/lib/export/escape.js";
import { unescapeOctal } from "../../../src/lib/mount/bytes.js";
import { optionsOfUnit, unitName } from "../../../src/lib/mount/systemd.js";
import { hasCommand } from "../../support/commands.js";

const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((array) => Buffer.from(array));
/** A path as it can be: no NUL. */
const path = bytes.map((tail) => Buffer.concat([Buffer.from("/"), tail.map((byte) => byte || 1)]));
const hard = fc.stringMatching(/^\/[ -~äß]{0,20}[^\s\\]$/).map((text) => Buffer.from(text));

describe("a field of fstab or exports", () => {
  it("is one word of plain ASCII, and gives the bytes back", () => {
    fc.assert(
      fc.property(path, (one) => {
        const field = octalField(one);
        expect(field).toMatch(/^[!$-~]+$/);
        expect(unescapeOctal(Buffer.from(field))).toEqual(one);
      }),
    );
  });

  it.each([
    ["/srv/a b", "/srv/a\\040b"],
    ["/srv/#1", "/srv/\\0431"],
    ['/srv/"q"', "/srv/\\042q\\042"],
    ["lowerdir=/a\\,b", "lowerdir=/a\\134,b"],
  ])("%s", (text, field) => {
    expect(octalField(Buffer.from(text))).toBe(field);
  });

  it("is read by libmount as it was meant", () => {
    const dir = mkdtempSync(join(tmpdir(), "ovl-index-fstab-"));
    try {
      const target = Buffer.from("/srv/a b#c\"'\\d\täß");
      const options = 'lowerdir=/l 1\\:\\,x:/l\\\\2,upperdir=/u"q';
      const file = join(dir, "fstab");
      writeFileSync(file, `overlay ${octalField(target)} overlay ${octalField(Buffer.from(options))} 0 0\n`);
      const asked = ["--tab-file", file, "--json", "--output", "target,options"];
      const [entry] = JSON.parse(execFileSync("findmnt", asked, { encoding: "utf8" })).filesystems;
      expect(entry.target).toBe(target.toString());
      expect(entry.options).toBe(options);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe("a unit", () => {
  const systemd = hasCommand("systemd-escape");

  it.each([
    ["/", "-"],
    ["/export/home", "export-home"],
    ["//export//a-b/", "export-a\\x2db"],
    ["/.hidden/.x", "\\x2ehidden-.x"],
    ["/a b/ä", "a\\x20b-\\xc3\\xa4"],
  ])("%s is %s", (text, name) => {
    expect(unitName(Buffer.from(text))).toBe(name);
  });

  it.runIf(systemd)("is named as systemd-escape names it", () => {
    const odd = fc.stringMatching(/^\/[a-c.:_ \\%~é"'-][ -~]{0,12}$/);
    fc.assert(
      fc.property(odd, (text) => {
        // It refuses what is no normal path.
        if (text.split("/").some((name) => name === "." || name === "..")) return;
        const name = execFileSync("systemd-escape", ["--path", "--", text], { encoding: "utf8" }).trimEnd();
        expect(unitName(Buffer.from(text))).toBe(name);
      }),
      { numRuns: 40 },
    );
  });

  it("gives its options back", () => {
    fc.assert(
      fc.property(hard, (one) => {
        const unit = `[Mount]\nType=overlay\nOptions=${unitValue(one)}\n`;
        expect(optionsOfUnit(Buffer.from(unit))).toEqual(one);
      }),
    );
  });

  it.each([
    ["[Mount]\nType=ext4\nOptions=ro", undefined],
    ["[Unit]\nOptions=x\n[Mount]\nType=overlay\nOptions=lowerdir=%h/a", "has a specifier in its Options="],
    ["[Mount]\nType = overlay\nOptions=a\nOptions= b \n[Install]\nOptions=c", Buffer.from("b")],
    ["[Mount]\nType=overlay\nOptions=a,\\\nb", Buffer.from("a, b")],
  ])("%j", (unit, options) => {
    expect(optionsOfUnit(Buffer.from(unit))).toEqual(options);
  });

  it.each([[Buffer.from([0x2f, 0xff])], [Buffer.from("/a\nb")], [Buffer.from("/a\\")], [Buffer.from("/a ")]])(
    "has no way to say %j",
    (one) => {
      expect(() => unitValue(one)).toThrow(Inexpressible);
    },
  );

  it.each([
    ["/a/b", "/a/b"],
    ["/a b", '"/a b"'],
    ['/a"\\b', '"/a\\"\\\\b"'],
    ["/100%", "/100%%"],
  ])("has the word %s as %s", (text, word) => {
    expect(unitWord(Buffer.from(text))).toBe(word);
  });

  it("has two dollar signs for one in a command", () => {
    expect(unitWord(Buffer.from("/a$b"), true)).toBe("/a$$b");
  });
});

describe("a string of nfs-ganesha", () => {
  it.each([
    ["/a b", "'/a b'"],
    ["/it's", '"/it\'s"'],
    ['/"it\'s"\\', '"/\\"it\'s\\"\\\\"'],
  ])("%s", (text, string) => {
    expect(ganeshaString(Buffer.from(text))).toBe(string);
  });

  it("is plain ASCII", () => {
    expect(() => ganeshaString(Buffer.from("/ä"))).toThrow(Inexpressible);
  });
});
