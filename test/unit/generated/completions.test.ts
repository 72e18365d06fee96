/** What shells offer, asked of the shells themselves. None of them finds an ovl-index that it could ask in turn. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MODEL } from "../../../scripts/command-model.js";
import { COMPLETIONS } from "../../../scripts/completions/files.js";
import { CODES } from "../../../src/lib/catalogue/index.js";
import { type Ran, ran, root } from "../../support/cli.js";
import { hasCommand } from "../../support/commands.js";

const dir = join(root, "completions");
const PATH = "/usr/bin:/bin";
const fixed = { cwd: root, env: { PATH, HOME: "/nonexistent", LC_ALL: "C.UTF-8" } };

const BASH = `
source completions/ovl-index
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_ovl_index
printf '%s\\n' "\${COMPREPLY[@]}"
`;

function offered({ status, stdout, stderr }: Ran): string[] {
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout
    .trim()
    .split(/\s+/)
    .filter((word) => word !== "")
    .sort();
}

/** Given a line, the words that may be its last. */
type Shell = (line: string) => string[];

const shells: Readonly<Record<string, Shell>> = {
  // Bash divides words at = as well.
  bash: (line) =>
    offered(ran("bash", ["--norc", "-c", BASH, "bash", ...line.split(/ |(?==)|(?<==)/)], fixed)),
  zsh: (line) => offered(ran("zsh", ["-f", join(root, "test/support/complete.zsh"), dir, line], fixed)),
  fish: (line) => {
    const script = `source completions/ovl-index.fish; complete -C '${line}' | cut -f1`;
    return offered(ran("fish", ["-N", "-c", script], fixed)).map((word) => word.replace(/^--[\w-]+=/, ""));
  },
};

const words = [...new Set(MODEL.map(({ name }) => name.split(" ")[0] ?? ""))].sort();

describe.each(Object.entries(shells))("%s", (name, offers) => {
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
    expect(readFileSync(join(dir, name), "utf8")).toBe(text);
  });
});
