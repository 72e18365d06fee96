import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MODEL } from "../../../scripts/command-model.js";
import { COMPLETIONS } from "../../../scripts/completions/files.js";
import { CODES } from "../../../src/lib/catalogue/index.js";
import { hasCommand } from "../../support/commands.js";
import { COMPLETIONS_DIR, SHELLS } from "../../support/shells.js";

const words = [...new Set(MODEL.map(({ name }) => name.split(" ")[0] ?? ""))].sort();

describe.each(Object.entries(SHELLS))("%s", (name, offers) => {
  describe.runIf(hasCommand(name))("offers", () => {
    it("commands", () => {
      expect(offers("ovl-index ").filter((word) => !word.startsWith("-"))).toEqual(words);
      expect(offers("ovl-index che")).toEqual(["check"]);
      expect(offers("ovl-index handles ")).toEqual(["save", "verify"]);
    });

    it.each(MODEL)("all flags of $name", ({ name: command, flags }) => {
      const all = flags.map((flag) => `--${flag.name}`);
      const long = offers(`ovl-index ${command} --`).filter((word) => word !== "--help");
      expect(long.map((word) => word.replace(/=$/, ""))).toEqual(all.sort());
    });

    it("the words that a flag or an argument may have", () => {
      expect(offers("ovl-index check --require ")).toEqual(["index", "nfs-export", "plain"]);
      expect(offers("ovl-index check --require=")).toEqual(["index", "nfs-export", "plain"]);
      expect(offers("ovl-index check --require=pl")).toEqual(["plain"]);
      expect(offers("ovl-index explain ").filter((word) => !word.startsWith("-"))).toEqual([...CODES].sort());
      expect(offers("ovl-index explain copied")).toEqual(["copied-up-not-indexed"]);
    });

    it("directories and files where they are wanted", () => {
      const name = (path: string) => path.replace(/\/$/, "").split("/").at(-1);
      expect(offers("ovl-index check src/comma").map(name)).toContain("commands");
      expect(offers("ovl-index check --root docs/find").map(name)).toContain("findings");
      expect(offers("ovl-index handles save pack").map(name)).toContain("package.json");
      expect(offers("ovl-index handles save --root=/ a src/comma").map(name)).toContain("commands");
    });
  });
});

describe("files", () => {
  it.each([...COMPLETIONS])("%s is what `npm run generate` writes", (name, text) => {
    expect(readFileSync(join(COMPLETIONS_DIR, name), "utf8")).toBe(text);
  });
});
