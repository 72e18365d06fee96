import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { entryOf, type Finding, finding } from "../../../src/lib/catalogue/index.js";
import { htmlReport } from "../../../src/lib/html-report/index.js";
import type { CheckResult } from "../../../src/lib/report/index.js";
import { notIndexed, orphanWhiteout, resultWith } from "../report/result-fixture.js";

const commands = new Set(["check", "build", "repair", "explain"]);
const made = { when: "2026-11-23 15:20:51 UTC", host: "filer", kernel: "6.18.3" };
const pageOf = (findings: readonly Finding[], change: Partial<CheckResult> = {}) =>
  htmlReport({ result: resultWith(findings, change), commands, made });

const VOID = new Set(["meta", "wbr"]);
/** What a parser does with a tag that was not closed differs from what was meant. Returns the text outside of tags. */
function wellFormed(page: string): string {
  const open: string[] = [];
  const body = page.replace(/<style>[^<]*<\/style>/, "").replace("<!DOCTYPE html>", "");
  const tags = /<(\/?)([a-z][a-z0-9]*)((?: [a-z-]+(?:="[^"<>]*")?)*)(\/?)>/gi;
  const text = body.replaceAll(tags, (_, end, tag, _attributes, closed) => {
    if (end === "/") expect(open.pop()).toBe(tag);
    else if (closed !== "/" && !VOID.has(tag)) open.push(tag);
    return "";
  });
  expect(open).toEqual([]);
  // Whatever is left was no tag.
  expect(text).not.toMatch(/[<>]/);
  return text;
}

const HOSTILE = [
  "<script>alert(1)<",
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  "<style><code><main>",
  "a\nb\r\tc\u001b[2Jd",
  "\u202egpj.exe\u2066\u200b\ufeff",
  "&lt;script&gt;",
  "שלום",
].map((name) => Buffer.from(name));
HOSTILE.push(Buffer.from([0x66, 0xff, 0xfe, 0x3c, 0x62, 0x3e, 0xc3]));

describe("a page", () => {
  it("is whole, and asks for nothing from anywhere", () => {
    const page = pageOf([notIndexed("a"), notIndexed("b"), orphanWhiteout("c")]);
    wellFormed(page);
    expect(page).not.toMatch(/https?:|\bsrc=|\burl\(|@import|<script|<link|<iframe|javascript:/i);
    for (const [, target = ""] of page.matchAll(/href="([^"]*)"/g)) {
      expect(target).toMatch(/^#/);
      expect(page).toContain(`id="${target.slice(1)}"`);
    }
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("allows nothing to be loaded or run; its own style by hash", () => {
    const page = pageOf([]);
    const style = /<style>([^<]*)<\/style>/.exec(page)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(page).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}';`,
    );
    expect(page).not.toMatch(/ style="| on[a-z]+="/);
  });

  it.each(HOSTILE)("escapes the name %j wherever it stands", (name) => {
    const evidence = { redirect: name.toString(), resolved: name.toString() };
    const prediction = {
      mount: { ok: true as const },
      index: { removed: [], tombstoned: [] },
      lookup: [{ path: name, errno: "EIO" }],
      hidden: [name],
    };
    const { overlay } = resultWith([]);
    const findings = [
      notIndexed(name),
      notIndexed(Buffer.concat([name, Buffer.from("/x")])),
      finding("redirect-dangling", { layer: "upper", path: name, evidence }),
    ];
    const page = pageOf(findings, {
      prediction,
      coverage: { directories: [{ path: name, indexed: 3 }], tombstones: 0 },
      overlay: { ...overlay, layers: overlay.layers.map((layer) => ({ ...layer, path: name })) },
    });
    const text = wellFormed(page);
    // Nothing that moves the cursor or turns text around; ends of line are our own.
    expect(text).not.toMatch(/[^\n\P{Cc}]|[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u);
    expect(page).not.toMatch(/<(script|img)/i);
  });

  it("keeps its size, however many findings there are, and says how many", () => {
    const findings: Finding[] = [];
    const deep = "d/".repeat(2000);
    for (let i = 0; i < 100_000; i++) findings.push(notIndexed(i < 1000 ? `${deep}${i}` : `x${i}/f`));
    for (let i = 0; i < 1000; i++) findings.push(orphanWhiteout(`w${i}`));
    const directories = findings.map((_, i) => ({ path: Buffer.from(`x/${i}`), indexed: 1 }));
    const page = pageOf(findings, { coverage: { directories, tombstones: 7 } });
    expect(page.length).toBeLessThan(150_000);
    expect(page).toContain("and 99,950 more");
    expect(page).toContain("100,000");
    expect(page).toContain("7 of them a tombstone");
    wellFormed(page);
  });

  it("explains each kind as `explain` does", () => {
    const page = pageOf([notIndexed("a")]);
    const { title, explanation, cause, kernel, repair } = entryOf("copied-up-not-indexed");
    for (const text of [title, explanation, cause, kernel.detail, repair.action, "ovl-index build"]) {
      expect(page).toContain(text);
    }
    // What is the same of all is said once.
    const sentence = /was copied up and has no index entry/g;
    expect(pageOf([notIndexed("a"), notIndexed("b")]).match(sentence)).toHaveLength(1);
  });

  it("tells a code twice where it weighs differently, under two names", () => {
    const page = pageOf([notIndexed("a"), { ...notIndexed("b"), severity: "warning" }]);
    expect(page).toContain('id="error-copied-up-not-indexed"');
    expect(page).toContain('id="warning-copied-up-not-indexed"');
  });

  it("says what there is to say where it does not mount", () => {
    const evidence = { stored: "00fb", expected: "00fc" };
    const page = pageOf([finding("root-origin-mismatch", { layer: "upper", evidence })], {
      ready: false,
      prediction: {
        mount: { ok: false, errno: "ESTALE", cause: "root-origin-mismatch" },
        index: { removed: [], tombstoned: [] },
        lookup: [],
        hidden: [],
      },
    });
    expect(wellFormed(page)).toContain("fails with ESTALE");
    expect(page).toContain("no handle leads anywhere");
    expect(page).not.toContain("Index coverage");
  });

  it("draws a stack of 500 layers within bounds", () => {
    const { overlay } = resultWith([]);
    const [upper, lower, work] = overlay.layers;
    if (upper === undefined || lower === undefined || work === undefined) throw new Error("no layers");
    const lowers = Array.from({ length: 500 }, (_, i) => ({ ...lower, name: `lower[${i + 1}]` }));
    const page = pageOf([], { overlay: { ...overlay, layers: [upper, ...lowers, work] } });
    expect(page).toContain("477 more lower layers");
    expect(page).toContain("lower[500]");
    wellFormed(page);
  });
});
