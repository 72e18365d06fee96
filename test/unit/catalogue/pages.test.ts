import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../../src/commands/index.js";
import { CODES, entryOf, isCode, type RepairCommand } from "../../../src/lib/catalogue/index.js";

const pages = new URL("../../../docs/findings/", import.meta.url);
const SECTIONS = [
  "What it means",
  "What the kernel does",
  "How it comes about",
  "See it by hand",
  "What to do",
];

function page(code: string): string {
  return readFileSync(new URL(`${code}.md`, pages), "utf8");
}

/** Text without line ends and marks, to look for words in. */
function words(text: string): string {
  return text.replaceAll(/[`*\s]+/g, " ");
}

/** What a page names as the command: none that this version does not have. */
function commandOf(command: RepairCommand | null): string {
  return command !== null && Object.hasOwn(COMMANDS, command) ? `\`ovl-index ${command}\`` : "none";
}

describe("docs/findings", () => {
  it("has a page for every code, and no other", () => {
    const files = readdirSync(pages).map((name) => name.replace(/\.md$/, ""));
    expect(files.sort()).toEqual([...CODES].sort());
  });

  it.each(CODES)("%s agrees with the catalogue", (code) => {
    const { title, severity, kernel, repair } = entryOf(code);
    const text = page(code);
    expect(text.startsWith(`# ${code}\n\n${title}.\n`)).toBe(true);
    const row = new RegExp(
      `^\\| ${severity} \\| ${kernel.effect} \\| ${repair.safety}: [^|]+ \\| (.*) \\|$`,
      "m",
    );
    expect(row.exec(text)?.[1]).toBe(commandOf(repair.command));
    for (const name of kernel.source) expect(text).toContain(`\`${name}\``);
    if (repair.loses !== null) expect(words(text)).toContain(words(repair.loses));
  });

  it.each(CODES)("%s says what has to be said, and leads only to pages that are there", (code) => {
    const parts = page(code).split(/^## /m).slice(1);
    expect(parts.map((part) => part.split("\n")[0])).toEqual(SECTIONS);
    for (const part of parts) expect(part.split("\n").slice(1).join(" ").trim().length).toBeGreaterThan(5);
    for (const [, target] of page(code).matchAll(/\]\(([a-z-]+)\.md\)/g))
      expect(isCode(target ?? "")).toBe(true);
  });
});
