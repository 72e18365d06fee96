import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CODES } from "../../src/lib/catalogue/index.js";

const bin = resolve(import.meta.dirname, "../../bin/run.js");

function run(args: readonly string[], input = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { input, encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("explain", () => {
  it("tells everything about a code, within 80 columns", () => {
    const { status, stdout, stderr } = run(["explain", "redirect-dangling"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatchSnapshot();
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("reads a log from a pipe", () => {
    const log = "[ 1.0] overlayfs: failed to verify upper root origin\n[ 1.1] EXT4-fs: x\n";
    for (const args of [["explain", "-"], ["explain"]]) {
      const { status, stdout } = run(args, log);
      expect(status).toBe(0);
      expect(stdout).toMatchSnapshot();
    }
  });

  it("lists all codes", () => {
    const { stdout } = run(["explain", "--list"]);
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split(" ")[0]),
    ).toEqual(CODES);
    expect(JSON.parse(run(["explain", "--list", "--json"]).stdout).explained).toHaveLength(CODES.length);
  });

  it("says in a line that it does not know something, and ends in 16", () => {
    expect(run(["explain", "redirect-dangeling"])).toMatchInlineSnapshot(`
      {
        "status": 16,
        "stderr": "ovl-index: neither a finding code nor a message that is known: redirect-dangeling; did you mean redirect-malformed, redirect-dangling, redirect-not-directory?
      ",
        "stdout": "",
      }
    `);
  });
});

describe("inspect", () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "ovl-index-inspect-"));
    writeFileSync(join(dir, "file"), "");
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  it("a handle", () => {
    const { status, stdout } = run(["inspect", "00fb1d0001cd4aeaf17218429f96eddd64113807950c00000011223344"]);
    expect(status).toBe(0);
    expect(stdout).toMatchSnapshot();
  });

  it("an xattr, as JSON", () => {
    const { stdout } = run(["inspect", "trusted.overlay.nlink=U+1", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ schema: "ovl-index/inspect/1", kind: "xattr" });
  });

  it("a path", () => {
    const { status, stdout } = run(["inspect", join(dir, "file")]);
    expect(status).toBe(0);
    expect(stdout).toContain("object: a file");
  });

  it.each([
    ["no such thing", 16],
    ["/no/such/path", 8],
    ["00fb", 0],
  ])("%s: %i", (subject, code) => {
    const { status, stderr } = run(["inspect", subject]);
    expect(status).toBe(code);
    expect(stderr.split("\n").length).toBeLessThanOrEqual(2);
  });
});
