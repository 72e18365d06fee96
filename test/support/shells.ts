/** What shells offer, asked of the shells themselves. None of them finds a program that it could ask in turn. */
import { join } from "node:path";
import { expect } from "vitest";
import { type Ran, ran, root } from "./cli.js";

export const COMPLETIONS_DIR = join(root, "completions");

/** Given a line, the words that may be its last. */
export type Shell = (line: string) => string[];

const fixed = { cwd: root, env: { PATH: "/usr/bin:/bin", HOME: "/nonexistent", LC_ALL: "C.UTF-8" } };

const BASH = `
source "completions/$1"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
"_\${1//[-.]/_}"
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

export const SHELLS: Readonly<Record<string, Shell>> = {
  // Bash divides words at = and : as well.
  bash: (line) =>
    offered(ran("bash", ["--norc", "-c", BASH, "bash", ...line.split(/ |(?=[=:])|(?<=[=:])/)], fixed)),
  zsh: (line) =>
    offered(ran("zsh", ["-f", join(root, "test/support/complete.zsh"), COMPLETIONS_DIR, line], fixed)),
  fish: (line) => {
    const program = line.split(" ")[0];
    const script = `source completions/${program}.fish; complete -C '${line}' | cut -f1`;
    return offered(ran("fish", ["-N", "-c", script], fixed)).map((word) => word.replace(/^--[\w-]+=/, ""));
  },
};
