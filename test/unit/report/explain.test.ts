import { describe, expect, it } from "vitest";
import { CODES } from "../../../src/lib/catalogue/index.js";
import {
  codeList,
  explainLog,
  explainTopic,
  explanationText,
  makePaint,
  similarCodes,
} from "../../../src/lib/report/index.js";

const options = { version: "0.1.0", commands: new Set<string>() };

describe("the list of codes", () => {
  const list = (width: number) => codeList(makePaint(false), width);

  it("cuts no title, and has it in a column of its own", () => {
    const narrow = list(80);
    for (const line of narrow) expect(line.length).toBeLessThanOrEqual(80);
    const titles = narrow.map((line) => line.slice(36)).join(" ");
    expect(titles).toContain("A run that changed the overlay was interrupted");
    expect(narrow.filter((line) => !/^\S+ +(error|warning|info) {2,}\S|^ {36}\S/.test(line))).toEqual([]);
  });

  it("is a line a code where there is no end to the line", () => {
    expect(list(Number.POSITIVE_INFINITY).map((line) => line.split(" ")[0])).toEqual(CODES);
  });
});

describe("explain", () => {
  it("a code", () => {
    const explanation = explainTopic("redirect-dangling", options);
    expect(explanation?.explained[0]).toMatchObject({
      kind: "code",
      code: "redirect-dangling",
      repair: { command: null },
    });
  });

  it("a message, with or without prefix and time", () => {
    for (const text of [
      "invalid redirect (a/b)",
      "overlayfs: invalid redirect (a/b)",
      "<4>[   12.345678] overlayfs: invalid redirect (a/b)",
    ]) {
      expect(explainTopic(text, options)?.explained[0]).toMatchObject({
        kind: "message",
        codes: ["redirect-malformed"],
        details: { redirect: "a/b" },
      });
    }
  });

  it("a log: each message once, the others counted", () => {
    const log = [
      "Nov 23 10:00:00 host kernel: overlayfs: failed to verify upper root origin",
      "[   1.000000] EXT4-fs (loop0): mounted filesystem",
      "[   2.000000] overlayfs: failed to verify upper root origin",
      "[   3.000000] overlayfs: something of another matter",
      "",
    ].join("\n");
    const explanation = explainLog(log, options);
    expect(explanation.explained).toHaveLength(1);
    expect(explanation.explained[0]).toMatchObject({ count: 2 });
    expect(explanation.unknown).toEqual(["something of another matter"]);
    expect(explanation.passedOver).toBe(1);
    expect(explanationText(explanation, makePaint(false), 80).at(-1)).toBe(
      "1 message explained; passed over 1 other overlayfs line and 1 line of others.",
    );
  });

  it("nothing that it does not know, but offers what is near", () => {
    expect(explainTopic("tombstone", options)).toBeNull();
    expect(similarCodes("tombstone")).toEqual(["tombstone-over-reachable", "tombstone-missing"]);
  });
});
