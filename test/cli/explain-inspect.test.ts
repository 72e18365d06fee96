import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CODES } from "../../src/lib/catalogue/index.js";
import { ovlIndex, ovlIndexOfNobody } from "../support/cli.js";
import { Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";
import { must } from "../support/sys.js";

describe("explain", () => {
  it("tells everything about a code, within 80 columns", () => {
    const { status, stdout, stderr } = ovlIndex(["explain", "redirect-dangling"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatchSnapshot();
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("reads a log from a pipe", () => {
    const log = "[ 1.0] overlayfs: failed to verify upper root origin\n[ 1.1] EXT4-fs: x\n";
    for (const args of [["explain", "-"], ["explain"]]) {
      const { status, stdout } = ovlIndex(args, { input: log });
      expect(status).toBe(0);
      expect(stdout).toMatchSnapshot();
    }
  });

  it("lists all codes", () => {
    const { stdout } = ovlIndex(["explain", "--list"]);
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split(" ")[0]),
    ).toEqual(CODES);
    expect(JSON.parse(ovlIndex(["explain", "--list", "--json"]).stdout).explained).toHaveLength(CODES.length);
  });

  it.each([
    [["explain", ""], "explain what? Give a code, a kernel message, - for a log, or --list"],
    [["explain", "--list", "layer-missing"], "--list lists all codes: leave out layer-missing"],
    [["inspect", ""], "inspect what? Give a path, hex, or NAME=VALUE of an overlay xattr"],
    [["inspect"], "SUBJECT is missing: a path, NAME=VALUE, or hex; see ovl-index inspect --help"],
    [["demo", "x"], 'there is no command "demo x"; see ovl-index demo --help'],
    [
      ["resolve", "--limit", "x"],
      "--limit: Expected an integer but received: x; see ovl-index resolve --help",
    ],
  ])("%j ends in 16: %s", (args, message) => {
    expect(ovlIndex(args)).toEqual({ status: 16, stdout: "", stderr: `ovl-index: ${message}\n` });
  });

  it("says in a line that it does not know something, and ends in 16", () => {
    expect(ovlIndex(["explain", "redirect-dangeling"])).toMatchInlineSnapshot(`
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
    const { status, stdout } = ovlIndex([
      "inspect",
      "00fb1d0001cd4aeaf17218429f96eddd64113807950c00000011223344",
    ]);
    expect(status).toBe(0);
    expect(stdout).toMatchSnapshot();
  });

  it("an xattr, as JSON", () => {
    const { stdout } = ovlIndex(["inspect", "trusted.overlay.nlink=U+1", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ schema: "ovl-index/inspect/1", kind: "xattr" });
  });

  it("says that a value is not hex", () => {
    expect(ovlIndex(["inspect", "trusted.overlay.origin=0xzz"]).stderr).toBe(
      "ovl-index: trusted.overlay.origin=0xzz: the value is not hex\n",
    );
  });

  it("a path", () => {
    const { status, stdout } = ovlIndex(["inspect", join(dir, "file")]);
    expect(status).toBe(0);
    expect(stdout).toContain("object: a file");
  });

  it.each([
    ["no such thing", 16],
    ["/no/such/path", 8],
    ["00fb", 0],
    ["trusted.overlay.origin=0xzz", 16],
  ])("%s: %i", (subject, code) => {
    const { status, stderr } = ovlIndex(["inspect", subject]);
    expect(status).toBe(code);
    expect(stderr.split("\n").length).toBeLessThanOrEqual(2);
  });
});

needsRoot("inspect, where xattrs cannot be seen", () => {
  let stage: Stage;
  let dir: string;
  beforeEach(() => {
    stage = Stage.create("ext4");
    stage.mountDisks();
    dir = stage.dir;
    for (const layer of ["lower", "upper", "work"]) mkdirSync(join(dir, layer));
    mkdirSync(join(dir, "upper/sub"));
    writeFileSync(join(dir, "upper/sub/file"), "");
  });
  afterEach(() => stage.dispose());

  it("names the upper path where an overlay hides them", () => {
    const [lower, upper, work] = ["lower", "upper", "work"].map((name) => Buffer.from(join(dir, name)));
    if (lower === undefined || upper === undefined || work === undefined) throw new Error("no layers");
    must(stage.overlay({ lower: [lower], upper, work, options: [] }), "mount");
    const mnt = stage.mnt.toString();
    const { status, stdout } = ovlIndex(["inspect", `${mnt}/sub/file`]);
    stage.umountOverlay();
    expect(status).toBe(8);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(
      `the overlay mounted at ${mnt}: inspect ${upper}/sub/file instead`,
    );
    expect(stdout).not.toContain("no overlay xattr");
  });

  it("says so to an ordinary user", () => {
    chmodSync(stage.root, 0o755);
    const { status, stdout } = ovlIndexOfNobody(["inspect", join(dir, "upper/sub"), "--json"]);
    expect(status).toBe(8);
    expect(JSON.parse(stdout).things.at(-1)).toMatchObject({
      verdict: "unread",
      meaning: expect.stringContaining("needs CAP_SYS_ADMIN"),
    });
  });
});
