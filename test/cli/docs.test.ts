import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/commands/index.js";
import { CATALOGUE, KERNEL_MESSAGES } from "../../src/lib/catalogue/index.js";
import { root } from "../support/cli.js";

const pages = readdirSync(join(root, "docs/findings")).map((name) => `docs/findings/${name}`);
const texts: [string, string][] = [
  ...[
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/architecture.md",
    "docs/handles-file.md",
    "docs/how-we-know.md",
    "docs/kernel.md",
    "docs/migrations.md",
    "docs/naming-an-overlay.md",
    "docs/on-disk-format.md",
    "docs/pipelines.md",
    ...pages,
  ].map((file): [string, string] => [file, readFileSync(join(root, file), "utf8")]),
  ["the catalogue", JSON.stringify([CATALOGUE, KERNEL_MESSAGES])],
];

describe("texts name only what is there", () => {
  it.each(texts)("%s: commands", (_file, text) => {
    for (const [, command = ""] of text.matchAll(/(?:`|\$ |^ {4}|\| )ovl-index ([a-z]+)/gm)) {
      expect(Object.keys(COMMANDS).map((id) => id.split(":")[0])).toContain(command);
    }
  });

  it.each(texts)("%s: files", (file, text) => {
    const base = join(root, file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : "");
    for (const [, target = ""] of text.matchAll(/\]\(((?!https?:)[^)#]+)\)/g)) {
      expect(() => readdirSync(resolve(base, target, ".."))).not.toThrow();
      expect(readdirSync(resolve(base, target, ".."))).toContain(target.split("/").at(-1));
    }
  });
});
