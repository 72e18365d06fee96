import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  fitted,
  lossyText,
  plural,
  safeText,
  shellWord,
  showPath,
  timeText,
  wrap,
} from "../../../src/lib/report/index.js";

describe("showPath", () => {
  it.each([
    ["", "."],
    ["a/b", "a/b"],
    ["a b", "a b"],
    ["é", "é"],
    ["a\nb", "a\\x0ab"],
    ["\x1b[31m", "\\x1b[31m"],
    ["a\\b", "a\\\\b"],
    ["a\u202eb", "a\\xe2\\x80\\xaeb"],
  ])("%j becomes %j", (name, shown) => {
    expect(showPath(Buffer.from(name))).toBe(shown);
  });

  it("escapes bytes that are not UTF-8, and only those", () => {
    expect(showPath(Buffer.from([0x61, 0xff, 0x5c, 0x62]))).toBe("a\\xff\\\\b");
  });

  it("never lets a control character through", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        for (const character of showPath(Buffer.from(bytes))) {
          const code = character.codePointAt(0) ?? 0;
          expect(code >= 0x20 && !(code >= 0x7f && code < 0xa0)).toBe(true);
        }
      }),
    );
  });

  it("shows different names differently", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 12 }),
        fc.uint8Array({ minLength: 1, maxLength: 12 }),
        (a, b) => {
          fc.pre(!Buffer.from(a).equals(Buffer.from(b)));
          expect(showPath(Buffer.from(a))).not.toBe(showPath(Buffer.from(b)));
        },
      ),
    );
  });
});

describe("a time", () => {
  it("is told to the second, in UTC", () => {
    expect(timeText("2026-11-23T12:20:14.123Z")).toBe("2026-11-23 12:20:14 UTC");
  });
});

describe("wrap", () => {
  it("keeps the indent of the first line and indents the others", () => {
    expect(wrap("  one two three", 9, 4)).toEqual(["  one two", "    three"]);
  });

  it("knows how wide characters are", () => {
    expect(wrap("日本語 報告書 x", 13)).toEqual(["日本語 報告書", "x"]);
    expect(wrap("日本語 報告書 x", 12)).toEqual(["日本語", "報告書 x"]);
    expect(wrap("e\u0301e\u0301 🎉 한국 ﾊﾝ", 12)).toEqual(["e\u0301e\u0301 🎉 한국", "ﾊﾝ"]);
  });

  it("is for terminals: who reads a pipe has one line", () => {
    expect(fitted("one two three", { isTTY: true, columns: 9 }, 2)).toEqual(["one two", "  three"]);
    expect(fitted("one two three", { isTTY: true, columns: 0 }, 2)).toEqual(["one two three"]);
    expect(fitted("one two three", {}, 2)).toEqual(["one two three"]);
  });

  it("leaves a word that is too long on a line of its own", () => {
    expect(wrap("a verylongword b", 5)).toEqual(["a", "verylongword", "b"]);
  });

  it("counts no colour", () => {
    const red = "\u001b[31mone\u001b[39m";
    expect(wrap(`  ${red} two three`, 9, 4)).toEqual([`  ${red} two`, "    three"]);
  });

  it("loses no word", () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1 }),
        fc.integer({ min: 1, max: 40 }),
        (words, width) => {
          expect(wrap(words.join(" "), width, 2).join(" ").split(/ +/).filter(Boolean)).toEqual(words);
        },
      ),
    );
  });
});

describe("small helpers", () => {
  it("quotes for the shell only where needed", () => {
    expect(shellWord("lowerdir=/a:/b,index=on")).toBe("lowerdir=/a:/b,index=on");
    expect(shellWord("/a b/it's")).toBe("'/a b/it'\\''s'");
  });

  it("counts", () => {
    expect([plural(0, "name"), plural(1, "entry", "entries"), plural(2, "entry", "entries")]).toEqual([
      "0 names",
      "1 entry",
      "2 entries",
    ]);
  });

  it("makes text safe and text of bytes", () => {
    expect(safeText("a\u0007b")).toBe("a\\x07b");
    expect(lossyText(Buffer.from([0xff]))).toBe("\ufffd");
  });
});
