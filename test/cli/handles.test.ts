import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { document, ovlIndex } from "../support/cli.js";
import { EXPORTED, INDEX_OFF, Past } from "../support/past.js";
import { needsRoot } from "../support/root.js";

const run = (...args: readonly string[]) => ovlIndex(["handles", ...args]);

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "ovl-index-cli-"));
  file = join(dir, "handles");
});
afterEach(() => rmSync(dir, { recursive: true }));

describe("usage", () => {
  const overlay = ["-o", "lowerdir=/no/lower,upperdir=/no/upper,workdir=/no/work"];

  it.each([
    [["save", "FILE"], "which overlay?"],
    [["verify"], "ovl-index: FILE is missing: the file of handles; see ovl-index handles verify --help\n"],
    [["verify", "FILE", "--mounted", ""], "--mounted is empty"],
    [["save", "-", ...overlay], "name a file; one called - is ./-"],
    [["verify", "-", ...overlay], "name a file; one called - is ./-"],
    [["save", "", "--mounted", "/mnt"], "the name of the file of handles is empty"],
    [["save", "FILE", "--mounted", "/mnt", ...overlay], "--mounted says it all"],
    [["verify", "/no/such/file", ...overlay], "/no/such/file: ENOENT"],
  ])("%j ends in 16: %s", (args, message) => {
    const { status, stdout, stderr } = run(...args);
    expect({ status, stdout }).toEqual({ status: 16, stdout: "" });
    expect(stderr).toContain(message);
  });

  it.each([
    ["something else\n", 16, "it is no file of handles"],
    [
      '{"schema":"ovl-index/handles/9"}\n',
      16,
      "it is of version ovl-index/handles/9, and this is for ovl-index/handles/1",
    ],
    ['{"schema":"ovl-index/handles/1"}\n', 8, "line 1 is damaged"],
  ])("a file of %j ends in %i", (text, code, message) => {
    writeFileSync(file, text);
    expect(run("verify", file, ...overlay)).toEqual({
      status: code,
      stdout: "",
      stderr: `ovl-index: ${file}: ${message}\n`,
    });
  });

  it("ends in 8 where a layer is missing or nothing is mounted", () => {
    expect(run("save", file, ...overlay).status).toBe(8);
    expect(run("save", file, "--mounted", dir)).toMatchObject({
      status: 8,
      stderr: expect.stringContaining("no overlay"),
    });
    expect(existsSync(file)).toBe(false);
  });
});

needsRoot("on an overlay with a past", () => {
  let past: Past;
  let overlay: readonly [string, string];
  beforeEach(() => {
    past = new Past();
    past.live(EXPORTED, () => undefined);
    overlay = ["-o", past.options];
    const saved = run("save", file, ...overlay, "--content", "--json");
    expect(saved.status).toBe(0);
    expect(document(saved.stdout, "handles-save-1")).toMatchObject({ records: 3, copiesUp: 0 });
  });
  afterEach(() => past.dispose());

  it("finds all as it was, and does not write over the file", () => {
    const { status, stdout } = run("verify", file, ...overlay, "--content");
    expect(status).toBe(0);
    expect(stdout).toContain("GOOD: each of 3 handles leads to its object");
    const again = run("save", file, ...overlay);
    expect(again).toEqual({
      status: 8,
      stdout: "",
      stderr: `ovl-index: ${file}: it is there already; --force replaces it\n`,
    });
    for (const force of [[], ["--force"]]) {
      const { stderr } = run("save", dir, ...overlay, ...force);
      expect(stderr).toBe(`ovl-index: ${dir}: EISDIR\n`);
    }
    expect(run("save", file, ...overlay, "--force").status).toBe(0);
    expect(run("verify", file, ...overlay, "--content")).toMatchObject({
      status: 16,
      stderr: expect.stringContaining("no samples"),
    });
  });

  it("says what to do where the overlay is mounted", () => {
    past.live(EXPORTED, (at) => {
      const { status, stdout, stderr } = run("save", `${file}.2`, ...overlay);
      expect({ status, stdout }).toEqual({ status: 8, stdout: "" });
      expect(stderr).toMatch(/^ovl-index: PROVISIONAL: .*\n$/);
      expect(stderr).toContain(`umount ${at}, then run the same command again`);
      expect(stderr).toContain("--mounted MOUNTPOINT");
    });
  });

  it("tells old data and the deleted object that still opens, until they are repaired", () => {
    past.change();
    const { status, stdout } = run("verify", file, ...overlay);
    expect(status).toBe(4);
    expect(past.shown(stdout).replace(/saved .*/, "saved ...")).toMatchSnapshot();
    const json = run("verify", file, ...overlay, "--json");
    expect(json.status).toBe(4);
    expect(document(json.stdout, "handles-verify-1")).toMatchObject({
      total: 3,
      same: 1,
      deleted: 0,
      stale: [],
      wrong: [
        { path: "a", type: "f", verdict: "wrong-old-data" },
        { path: "b", type: "f", verdict: "wrong-deleted" },
      ],
    });
    expect(ovlIndex(["repair", "-y", ...overlay]).status).toBe(1);
    const after = run("verify", file, ...overlay, "--json");
    expect(after.status).toBe(0);
    expect(document(after.stdout, "handles-verify-1")).toMatchObject({
      same: 2,
      deleted: 1,
      stale: [],
      wrong: [],
    });
    expect(run("verify", file, ...overlay, "--content")).toMatchObject({
      status: 4,
      stdout: expect.stringContaining("the content is not the one that was saved"),
    });
  });

  it("asks the kernel of a mounted overlay, and says the same", () => {
    past.change();
    past.live(EXPORTED, (at) => {
      const { status, stdout } = run("verify", file, "--mounted", at, "--json");
      expect(status).toBe(4);
      expect(document(stdout, "handles-verify-1")).toMatchObject({
        through: "mount",
        same: 1,
        wrong: [{ path: "a" }, { path: "b", verdict: "wrong-unnamed" }],
      });
      expect(run("save", file, "--mounted", at, "--force").stdout).toContain("saved 2 handles");
    });
  });

  it("knows layers that were copied from objects that were deleted", () => {
    const lower = join(past.dir, "lower");
    expect(spawnSync("cp", ["-a", lower, `${lower}.new`]).status).toBe(0);
    rmSync(lower, { recursive: true });
    renameSync(`${lower}.new`, lower);
    const { status, stdout } = run("verify", file, ...overlay, "--json");
    expect(status).toBe(4);
    // Upper's root still has the origin of the lower one that is gone.
    expect(document(stdout, "handles-verify-1")).toMatchObject({
      mount: { ok: false, errno: "ESTALE" },
      same: 0,
    });
    past.live(INDEX_OFF, () => undefined);
  });
});
