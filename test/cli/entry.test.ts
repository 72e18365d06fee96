import { spawnSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { ovlIndex, program, ran, root } from "../support/cli.js";

const copies: string[] = [];
afterEach(() => {
  for (const copy of copies.splice(0)) rmSync(copy, { recursive: true });
});

const start = (args: readonly string[], from = root) =>
  ran(process.execPath, [join(from, "bin/run.js"), ...args]);

/** The package without `missing`, to break. */
function copy(...parts: readonly string[]): string {
  const made = mkdtempSync(join(tmpdir(), "ovl-index-entry-"));
  copies.push(made);
  for (const part of ["package.json", "bin", ...parts])
    cpSync(join(root, part), join(made, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(made, "node_modules"));
  return made;
}

describe("the entry point", () => {
  it("tells the version of package.json", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(start(["--version"])).toEqual({ status: 0, stdout: `ovl-index ${version}\n`, stderr: "" });
  });

  it("tells every command in its help", () => {
    const { status, stdout } = start(["--help"]);
    expect(status).toBe(0);
    for (const command of ["build", "check", "demo", "explain", "inspect", "repair", "undo"])
      expect(stdout).toContain(`  ${command} `);
  });

  it.each([[["no-such-command"]], [["check", "--no-such-flag"]], [["check", "--require", "nonsense"]]])(
    "answers %j with exit 16, on stderr, without a stack trace",
    (args) => {
      const { status, stdout, stderr } = start(args);
      expect([status, stdout]).toEqual([16, ""]);
      expect(stderr).toMatch(/^ovl-index: .*; see ovl-index (check )?--help\n$/s);
      expect(stderr).not.toMatch(/^\s+at /m);
    },
  );

  it.each([["--version"], ["--help"], ["explain --list"], ["explain --list --json"], ["inspect 00fb"]])(
    "says in a line that %s could not be written",
    (command) => {
      const full = openSync("/dev/full", "w");
      const { status, stderr } = spawnSync(process.execPath, [program, ...command.split(" ")], {
        encoding: "utf8",
        stdio: ["ignore", full, "pipe"],
      });
      closeSync(full);
      expect({ status, stderr }).toEqual({
        status: 8,
        stderr: "ovl-index: cannot write the report: ENOSPC\n",
      });
    },
  );

  it("reads nothing from a home directory, and gives no second line with a usage error", () => {
    const home = mkdtempSync(join(tmpdir(), "ovl-index-home-"));
    copies.push(home);
    // What would be a directory is a file: reading below it fails.
    writeFileSync(join(home, ".local"), "");
    const { status, stderr } = ovlIndex(["check", "--no-such-flag"], { env: { ...process.env, HOME: home } });
    expect({ status, stderr }).toEqual({
      status: 16,
      stderr: "ovl-index: Nonexistent flag: --no-such-flag; see ovl-index check --help\n",
    });
  });

  it("takes the short and the usual words for help and version, too", () => {
    for (const [words, same] of [
      [["-h"], ["--help"]],
      [["help"], ["--help"]],
      [
        ["check", "-h"],
        ["check", "--help"],
      ],
      [
        ["help", "handles", "save"],
        ["handles", "save", "--help"],
      ],
      [["-V"], ["--version"]],
    ] as const) {
      const asked = ovlIndex(words);
      expect(asked).toMatchObject({ status: 0, stderr: "" });
      expect(asked).toEqual(ovlIndex(same));
    }
  });

  it("says so where nothing is built", () => {
    const { status, stdout, stderr } = start(["check"], copy());
    expect([status, stdout]).toEqual([8, ""]);
    expect(stderr).toMatch(/^ovl-index: not built: .*\n$/);
  });

  it("says so where the addon is missing", () => {
    const { status, stdout, stderr } = start(
      ["check", "--lower", "/", "--upper", "/", "--work", "/"],
      copy("dist"),
    );
    expect([status, stdout]).toEqual([8, ""]);
    expect(stderr).toMatch(/^ovl-index: the native addon is not built: .*\n$/);
  });

  it("starts without compiled code that fits", () => {
    const from = copy("dist", "native");
    const bundle = join(from, "dist/bundle");
    const name = readdirSync(bundle).find((file) => file.endsWith(".code")) ?? "";
    expect(name).toContain(process.version);
    writeFileSync(join(bundle, name), "not V8's");
    expect(start(["--help"], from)).toMatchObject({ status: 0, stderr: "" });
  });
});
