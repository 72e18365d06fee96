import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MODEL } from "../../../scripts/command-model.js";
import { PAGES } from "../../../scripts/man/pages.js";
import { SEE_ALSO } from "../../../scripts/man/prose.js";
import { roff } from "../../../scripts/man/roff.js";
import { ran, root } from "../../support/cli.js";
import { hasCommand } from "../../support/commands.js";

const dir = join(root, "man");
const made = readdirSync(dir).filter((name) => name.startsWith("ovl-index"));
/** Those written by hand, too. */
const all = readdirSync(dir).map((name) => join(dir, name));

describe("manual pages", () => {
  it("are there for each command and for the whole, and no others", () => {
    const names = MODEL.map(({ name }) => `ovl-index-${name.replaceAll(" ", "-")}.8`);
    expect(made.sort()).toEqual(["ovl-index.8", ...names].sort());
    expect(Object.keys(SEE_ALSO).sort()).toEqual(MODEL.map(({ name }) => name).sort());
  });

  it.each([...PAGES])("%s is what `npm run generate` writes", (name, text) => {
    expect(readFileSync(join(dir, name), "utf8")).toBe(text);
  });

  it.each(MODEL)("$name: has all sections, in their order", ({ name }) => {
    const page = PAGES.get(`ovl-index-${name.replaceAll(" ", "-")}.8`) ?? "";
    const headings = [...page.matchAll(/^\.SH (.*)$/gm)].map(([, heading]) => heading);
    const known = [
      "NAME",
      "SYNOPSIS",
      "DESCRIPTION",
      "OPTIONS",
      "EXIT STATUS",
      "FILES",
      "EXAMPLES",
      "SEE ALSO",
    ];
    const hasFiles = headings.includes("FILES");
    expect(headings).toEqual(known.filter((heading) => heading !== "FILES" || hasFiles));
    expect(hasFiles).toBe(!["demo", "explain", "inspect"].includes(name));
  });

  it.runIf(hasCommand("mandoc")).each(all)("%s: mandoc has nothing to warn of", (page) => {
    expect(ran("mandoc", ["-Tlint", "-Wwarning", page])).toEqual({ status: 0, stdout: "", stderr: "" });
  });
});

describe("text as roff", () => {
  it("is escaped, so that it is shown as it is", () => {
    expect(roff("a\\b -n 'x' …")).toBe("a\\eb \\-n 'x' \\[u2026]");
  });

  it.runIf(hasCommand("mandoc"))("comes out of mandoc as it went in", () => {
    const page = PAGES.get("ovl-index-check.8") ?? "";
    const { stdout } = ran("mandoc", ["-Tutf8", "-O", "width=200"], { input: page });
    // Bold and underlined as printers have it: a letter, a backspace and the letter again.
    const shown = stdout.replaceAll(/.[\b]/g, "");
    const check = MODEL.find(({ name }) => name === "check");
    for (const { name, description } of check?.flags ?? []) {
      expect(shown).toContain(`--${name}`);
      expect(shown.replaceAll(/\s+/g, " ")).toContain(description);
    }
  });
});
