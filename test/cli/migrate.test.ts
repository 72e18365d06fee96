import { chmodSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { document, ovlIndex } from "../support/cli.js";
import { INDEX_OFF, Past } from "../support/past.js";
import { needsRoot } from "../support/root.js";

const run = (...args: readonly string[]) => ovlIndex(["migrate", ...args]);

describe("usage", () => {
  const overlay = ["-o", "lowerdir=/no/lower,upperdir=/no/upper,workdir=/no/work"];

  it.each([
    [[], "which overlay?"],
    [[...overlay], "nobody is there to be asked: give -n, -p or -y"],
    [[...overlay, "-n", "-y"], "give only one of -n, -p or -y"],
    [[...overlay, "-y", "--only", "nothing"], "--only"],
    [[...overlay, "-y", "--old-lower", ""], "--old-lower is empty"],
    [[...overlay, "--list", "-n"], "--list only tells which migrations apply: leave out -n"],
    [[...overlay, "--list", "-p"], "leave out -p"],
    [[...overlay, "--list", "-y", "--json"], "leave out -y"],
    [[...overlay, "-y", "--detach", "--only", "uuid"], "leave out one of --detach and --only uuid"],
  ])("%j ends in 16: %s", (args, message) => {
    const { status, stdout, stderr } = run(...args);
    expect({ status, stdout }).toEqual({ status: 16, stdout: "" });
    expect(stderr).toContain(message);
  });

  it.each([["-y"], ["--list"]])("ends in 8 where a layer is missing, %s", (flag) => {
    const { status, stdout } = run(...overlay, flag);
    expect(status).toBe(8);
    expect(stdout).toContain("COULD NOT COMPLETE: ");
  });
});

needsRoot("on an overlay with a past", () => {
  let past: Past;
  let overlay: readonly [string, string];
  beforeEach(() => {
    past = new Past();
    overlay = ["-o", past.options];
  });
  afterEach(() => past.dispose());

  it("lists what applies", () => {
    past.change();
    const { status, stdout, stderr } = run("--list", ...overlay);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(past.shown(stdout)).toMatchSnapshot();
    expect(document(run("--list", "--json", ...overlay).stdout, "migrations-1")).toMatchObject({
      migrations: [{ name: "on-off-on" }],
      trouble: null,
    });
  });

  it("shows what it would do, and writes nothing", () => {
    past.change();
    const before = past.dump();
    const { status, stdout, stderr } = run("-n", ...overlay);
    expect({ status, stderr }).toEqual({ status: 4, stderr: "" });
    expect(past.shown(stdout)).toMatchSnapshot();
    expect(document(run("-n", "--json", ...overlay).stdout, "repair-1")).toMatchObject({
      command: "migrate",
      changed: true,
      applied: 0,
      migrations: [{ name: "on-off-on", round: 1 }],
    });
    expect(past.dump()).toEqual(before);
  });

  it("migrates an overlay that was exported before, and has nothing more to do", () => {
    past.change();
    const { status, stdout, stderr } = run("-y", ...overlay);
    expect(past.shown(stdout)).toMatchSnapshot();
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const again = document(run("-y", "--json", ...overlay).stdout, "repair-1");
    expect(again).toMatchObject({ ready: true, changed: false, migrations: [], plan: [] });
  });

  it("migrates one that never had an index, and tells which objects clients may see twice", () => {
    past.live(INDEX_OFF, (at) => writeFileSync(join(at, "a"), "2"));
    const done = document(run("-y", "--json", ...overlay).stdout, "repair-1");
    expect(done).toMatchObject({ ready: true, changed: true, migrations: [{ name: "index" }] });
    expect(done.migrations[0].notices).toEqual([
      expect.stringMatching(/^1 object of upper .* sees a second inode number: "a"$/),
    ]);
  });

  it("names as what comes next the same migration, not another one", () => {
    past.change();
    const next = (...args: readonly string[]) =>
      run("-n", ...args, ...overlay)
        .stdout.split("\n")
        .at(-2);
    expect(next("--detach")).toContain("next: ovl-index migrate --detach -o ");
    expect(next("--only", "on-off-on", "--trust-paths")).toContain("--only on-off-on --trust-paths -o ");
    const old = join(past.dir, "lower");
    expect(next("--old-lower", old)).toContain(` --old-lower ${old} -o `);
  });

  it("detaches upper, which is no matter of exports", () => {
    past.change();
    const { status, stdout } = run("-y", "--detach", ...overlay);
    expect(past.shown(stdout)).toMatchSnapshot();
    expect(status).toBe(0);
    expect(run("-y", "--only", "detach", ...overlay).stdout).toContain("nothing was changed");
  });

  it("copies up the data of metadata-only files, and tells how much that is", () => {
    const METACOPY = [
      ["metacopy", "on"],
      ["redirect_dir", "on"],
    ] as const;
    truncateSync(join(past.dir, "lower/a"), 3 << 20);
    past.live(METACOPY, (at) => chmodSync(join(at, "a"), 0o4755));
    expect(past.shown(run("--list", ...overlay).stdout)).toMatchSnapshot();
    const { status, stdout } = run("-y", ...overlay);
    expect(past.shown(stdout)).toMatchSnapshot();
    expect(status).toBe(0);
    expect(run("-y", ...overlay)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("nothing to change"),
    });
  });

  it("leaves out what it was not asked for", () => {
    past.change();
    const result = document(run("-n", "--json", "--only", "uuid", ...overlay).stdout, "repair-1");
    expect(result).toMatchObject({ changed: false, migrations: [], plan: [] });
  });
});
