// The package that npm pack makes, installed in an empty place on machines with less and less on them.
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ran, root } from "../support/cli.js";
import {
  deadLinks,
  install,
  machine,
  needsPrograms,
  pack,
  runOn,
  Scratch,
  TO_PACK,
} from "../support/packages.js";
import { needsRoot } from "../support/root.js";

needsPrograms(TO_PACK, () => {
  const scratch = new Scratch();
  afterAll(() => scratch.remove());

  /** No compiler, no Python; and the same with a compiler. */
  const bare = machine(scratch.folder("bare"), false);
  const withCompiler = machine(scratch.folder("with-compiler"), true);
  const here = `${process.arch}-glibc`;

  let tarball: string;
  let withoutPrebuilds: string;
  /** Where it was installed, and no script of it run. */
  let asUnpacked: string;
  beforeAll(() => {
    tarball = pack(scratch.folder("packed"));
    const from = scratch.folder("repacked");
    withoutPrebuilds = join(from, "package.tgz");
    execFileSync("tar", ["-xzf", tarball, "-C", from]);
    renameSync(join(from, "package/prebuilds"), join(from, "prebuilds"));
    execFileSync("tar", ["-czf", withoutPrebuilds, "-C", from, "package"]);
    asUnpacked = scratch.folder("as-unpacked");
    expect(install(bare, tarball, asUnpacked, "--ignore-scripts")).toMatchObject({ status: 0 });
  });

  const inside = (prefix: string, ...path: readonly string[]) =>
    join(prefix, "node_modules/ovl-index", ...path);

  /** All that it is for, in short: layers are read, their filesystem's abilities tried, the verdict told. */
  function check(prefix: string) {
    const layers = mkdtempSync(join(scratch.path, "layers-"));
    const [lower, upper, work] = ["lower", "upper", "work"].map((name) => join(layers, name));
    for (const layer of [lower, upper, work]) mkdirSync(layer ?? "");
    const program = join(prefix, "node_modules/.bin/ovl-index");
    const args = ["check", "--json", "--lower", `${lower}`, "--upper", `${upper}`, "--work", `${work}`];
    const { status, stdout, stderr } = runOn(bare, program, args);
    return { status, stderr, ready: status === 0 && JSON.parse(stdout).ready };
  }
  const READY = { status: 0, stderr: expect.not.stringContaining("ovl-index:"), ready: true };

  needsRoot("the npm package, installed", () => {
    it("needs no compiler where something was compiled in advance", () => {
      const prefix = scratch.folder("no-compiler");
      expect(install(bare, tarball, prefix)).toMatchObject({ status: 0 });
      // Neither half was compiled here: npm has taken fs-xattr away, since it could not.
      expect(existsSync(inside(prefix, "native/build"))).toBe(false);
      expect(existsSync(join(prefix, "node_modules/fs-xattr"))).toBe(false);
      expect(check(prefix)).toEqual(READY);
      const node = `${process.version}-${process.arch}`;
      const bundles = ["cli.cjs", `cli.${node}.code`, "fsck.cjs", `fsck.${node}.code`];
      expect(readdirSync(inside(prefix, "dist/bundle")).sort()).toEqual(["LICENSES", ...bundles]);
      const fsck = runOn(bare, join(prefix, "node_modules/.bin/fsck.overlay"), ["-V"]);
      expect(fsck).toMatchObject({ status: 0, stdout: expect.stringMatching(/^fsck.overlay /) });

      const library = 'import("ovl-index").then(({ check }) => console.log(typeof check))';
      expect(runOn(bare, "node", ["-e", library], prefix)).toMatchObject({ status: 0, stdout: "function\n" });
    });

    it("has its manual pages where man looks, beside the programs", () => {
      const prefix = scratch.folder("global");
      expect(install(bare, tarball, prefix, "--global", "--ignore-scripts")).toMatchObject({ status: 0 });
      expect(readdirSync(join(prefix, "bin")).sort()).toEqual(["fsck.overlay", "ovl-index"]);
      expect(readdirSync(join(prefix, "share/man/man8"))).toEqual(readdirSync(join(root, "man")));
    });

    it("has all that its pages lead to", () => {
      expect(existsSync(inside(asUnpacked, "README.md"))).toBe(true);
      expect(deadLinks(inside(asUnpacked))).toEqual([]);
    });

    it("needs no script to be run either", () => {
      expect(check(asUnpacked)).toEqual(READY);
    });

    it("compiles where nothing was compiled in advance, without Python", () => {
      const prefix = scratch.folder("compiled");
      expect(install(withCompiler, withoutPrebuilds, prefix)).toMatchObject({ status: 0 });
      expect(existsSync(join(prefix, "node_modules/fs-xattr"))).toBe(false);
      expect(readdirSync(inside(prefix, "native/build")).sort()).toEqual(["ovl.node", "xattr.node"]);
      expect(check(prefix)).toEqual(READY);
    });

    it("compiles where what was compiled in advance does not load", () => {
      const prefix = join(scratch.path, "unfit");
      cpSync(asUnpacked, prefix, { recursive: true, verbatimSymlinks: true });
      for (const name of ["ovl.node", "xattr.node"])
        writeFileSync(inside(prefix, "prebuilds", here, name), "of another machine");
      const unbuilt = check(prefix);
      expect(unbuilt.status).toBe(8);
      expect(unbuilt.stderr).toMatch(
        /^ovl-index: the native addon does not load here \(.*\): run "npm rebuild".*\n$/,
      );

      const build = inside(prefix, "native/build.js");
      expect(runOn(bare, "node", [build])).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(
          /^ovl-index: what was compiled in advance does not load here \(.*\), and no C compiler found .*\n$/,
        ),
      });
      expect(runOn(withCompiler, "node", [build])).toMatchObject({ status: 0, stderr: "" });
      expect(check(prefix)).toEqual(READY);
    });

    it("does not take for a build what its compiler makes for another C library", () => {
      const prefix = join(scratch.path, "foreign");
      cpSync(asUnpacked, prefix, { recursive: true, verbatimSymlinks: true });
      rmSync(inside(prefix, "prebuilds"), { recursive: true });
      const foreign = machine(scratch.folder("with-foreign-compiler"), false);
      const compiler = '#!/bin/sh\nwhile [ $# -gt 0 ]; do [ "$1" = -o ] && echo ELF > "$2"; shift; done\n';
      writeFileSync(join(foreign, "cc"), compiler, { mode: 0o755 });
      expect(runOn(foreign, "node", [inside(prefix, "native/build.js")])).toEqual({
        status: 1,
        stdout: "",
        stderr: `ovl-index: what cc has compiled does not load here: name a compiler for ${here} by CC\n`,
      });
      expect(readdirSync(inside(prefix, "native/build"))).toEqual([]);
    });

    it("says in a line what to do where neither is there", () => {
      const prefix = scratch.folder("neither");
      const { status, stderr } = install(bare, withoutPrebuilds, prefix);
      expect(status).not.toBe(0);
      expect(stderr.split("\n").filter((line) => line.includes("ovl-index:"))).toEqual([
        `npm error ovl-index: nothing was compiled in advance (${here}), and no C compiler found (tried cc, gcc, clang): install one (Debian: apt-get install gcc libc6-dev), then try again`,
      ]);
      expect(existsSync(inside(prefix))).toBe(false);
    });
  });

  it("compiles with musl of 1.2.4 and later, which has no second names for what is 64 bits wide anyway", () => {
    for (const name of readdirSync(join(root, "native")).filter((file) => /\.[ch]$/.test(file))) {
      const code = readFileSync(join(root, "native", name), "utf8").replaceAll(/\/\*.*?\*\//gs, "");
      expect({
        name,
        found: code.match(/\b(struct \w+64|(lseek|p?read|p?write|open|fstat|ftruncate)64)\b/g),
      }).toEqual({ name, found: null });
    }
  });

  describe("what was compiled in advance", () => {
    it("is for this machine, and for others where their compiler is installed", () => {
      const made = readdirSync(join(root, "prebuilds")).filter((name) => !name.startsWith("."));
      expect(made).toContain(here);
      expect(made).toContain(`${process.arch}-musl`);
      if (process.env["CI"]) expect(made).toEqual(["arm64-glibc", "arm64-musl", "x64-glibc", "x64-musl"]);
      for (const platform of made)
        expect(readdirSync(join(root, "prebuilds", platform)).sort()).toEqual(["ovl.node", "xattr.node"]);
    });

    it.each(["ovl", "xattr"])("loads with musl: %s.node wants nothing else but Node", (name) => {
      const machines: Partial<Record<NodeJS.Architecture, string>> = { x64: "x86_64", arm64: "aarch64" };
      const loader = `prebuilds/.sysroot/${process.arch}/lib/ld-musl-${machines[process.arch]}.so.1`;
      const { stderr } = ran(join(root, loader), [
        "--list",
        join(root, `prebuilds/${process.arch}-musl/${name}.node`),
      ]);
      const missing = stderr.split("\n").filter((line) => line !== "");
      expect(missing.length).toBeGreaterThan(0);
      for (const line of missing) expect(line).toMatch(/: napi_\w+: symbol not found$/);
    });

    it("is not packed when it is older than the sources", () => {
      const copy = scratch.folder("stale");
      for (const part of ["native", "scripts/prepack.js", `prebuilds/${here}`])
        cpSync(join(root, part), join(copy, part), { recursive: true });
      writeFileSync(join(copy, "package.json"), '{"type":"module"}');
      const prepack = () =>
        spawnSync(process.execPath, ["scripts/prepack.js"], { cwd: copy, encoding: "utf8" });
      const later = new Date(Date.now() + 60_000);
      utimesSync(join(copy, `prebuilds/${here}/ovl.node`), later, later);
      expect(prepack()).toMatchObject({ status: 0, stderr: "" });
      const latest = new Date(Date.now() + 120_000);
      utimesSync(join(copy, "native/scan.c"), latest, latest);
      expect(prepack()).toMatchObject({
        status: 1,
        stderr: `ovl-index: prebuilds of ${here} are older than the sources: run "npm run prebuilds", or remove them\n`,
      });
    });
  });
});
