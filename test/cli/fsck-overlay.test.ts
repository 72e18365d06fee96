import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ovlIndex, ran, root } from "../support/cli.js";
import { hasCommand } from "../support/commands.js";
import { Past } from "../support/past.js";
import { needsRoot } from "../support/root.js";
import { must, sys } from "../support/sys.js";
import { makeWhiteout } from "../support/tree.js";

const program = join(root, "bin/fsck.overlay.js");
const fsck = (...args: readonly string[]) => ran(process.execPath, [program, ...args]);

describe("usage", () => {
  const overlay = ["-o", "lowerdir=/no/lower,upperdir=/no/upper,workdir=/no/work"];

  it.each([
    [[], "which overlay?"],
    [["-y", ""], "which overlay?"],
    [[...overlay, "-n", "-p"], "give only one of -n, -p and -y"],
    [[...overlay, "-y", "-p"], "give only one of -n, -p and -y"],
    [["-o", "upperdir=/u,workdir=/w"], "lowerdir: is missing"],
    [["-o", "lowerdir=/l,upperdir=/u"], "workdir: is missing"],
    [["-o", "lowerdir=/l"], "one lower layer is no overlay"],
    [[...overlay, "-oindex=maybe"], "index"],
    [["/nowhere/at/all", "-n"], "no overlay is mounted there"],
  ])("%j ends in 16: %s", (args, message) => {
    const { status, stdout, stderr } = fsck(...args);
    expect({ status, stdout }).toEqual({ status: 16, stdout: "" });
    expect(stderr).toMatch(/^fsck\.overlay: .*\n$/);
    expect(stderr).toContain(message);
  });

  it("ends in 8 where a layer is missing", () => {
    for (const mode of ["-n", "-p", "-y"]) expect(fsck(...overlay, mode).status).toBe(8);
  });

  it("tells version and help", () => {
    expect(fsck("-V")).toMatchObject({
      status: 0,
      stderr: "",
      stdout: expect.stringMatching(/^fsck\.overlay \d/),
    });
    expect(fsck("-h")).toMatchObject({
      status: 0,
      stderr: "",
      stdout: expect.stringContaining("-o OPTIONS"),
    });
  });
});

needsRoot("on an overlay", () => {
  let past: Past;
  beforeEach(() => {
    past = new Past();
  });
  afterEach(() => past.dispose());
  const at = (where: string): string => join(past.dir, where);

  it("takes its arguments in any order, and ignores what it does not know", () => {
    const [lower = "", upper = "", work = ""] = past.options.split(",");
    const forms = [
      ["-n", "-o", past.options],
      ["-o", past.options, "-n"],
      ["-o", lower, "-o", upper, "-o", work, "-n"],
      [`-no${past.options}`],
      ["-f", "-C", "3", "-o", `${past.options},defaults,x-systemd.automount,frobnicate=7`, "-v", "-y"],
      ["-p", "overlay", `-o${past.options}`, "-oindex=on,nfs_export=on"],
      ["-a", "-C0", "-o", past.options],
    ];
    for (const form of forms) {
      const { status, stdout, stderr } = fsck(...form);
      expect({ status, stderr }, form.join(" ")).toEqual({ status: 0, stderr: "" });
      expect(stdout).toMatch(/\nfsck\.overlay: clean\n$/);
    }
  });

  it("tells what it would do, does it, says how to undo it, and has nothing more to do", () => {
    makeWhiteout(Buffer.from(at("upper/gone")));
    makeWhiteout(Buffer.from(at("lower/gone")));
    mkdirSync(at("upper/d"));
    const name = Buffer.from("trusted.overlay.redirect");
    must(sys.setxattr(Buffer.from(at("upper/d")), name, Buffer.from("nothing"), 0), "setxattr");
    const before = past.dump();
    const dry = fsck("-n", "-o", past.options);
    expect(past.dump()).toEqual(before);
    expect({ status: dry.status, stderr: dry.stderr }).toEqual({ status: 4, stderr: "" });
    expect(past.shown(dry.stdout)).toMatchSnapshot();

    const done = fsck("-p", "-o", past.options);
    expect({ status: done.status, stderr: done.stderr }).toEqual({ status: 1, stderr: "" });
    expect(past.shown(done.stdout)).toMatchSnapshot();
    expect(fsck("-p", "-o", past.options).status).toBe(0);
    expect(fsck("-n", "-o", past.options).status).toBe(0);

    const [, undo = ""] = /^to undo: ovl-index (.*)$/m.exec(done.stdout) ?? [];
    expect(ovlIndex([...undo.split(" "), "-y"])).toMatchObject({ status: 0, stderr: "" });
    expect(past.dump()).toEqual(before);
  });

  it("leaves a mounted overlay alone: -n warns, and the others end in 8", () => {
    makeWhiteout(Buffer.from(at("upper/gone")));
    past.live([], (mnt) => {
      for (const named of [["-o", past.options], [mnt]]) {
        const dry = fsck("-n", ...named);
        expect(dry.status).toBe(4);
        expect(dry.stderr).toMatch(/^fsck\.overlay: warning: .*upper.*\n$/);
        const before = past.dump();
        for (const mode of ["-p", "-y"]) expect(fsck(mode, ...named).status).toBe(8);
        expect(past.dump()).toEqual(before);
      }
    });
  });

  it("never writes a lower layer that a mount uses", () => {
    makeWhiteout(Buffer.from(at("lower/gone")));
    for (const layer of ["upper2", "work2"]) mkdirSync(at(layer));
    const lower = [Buffer.from(at("lower"))];
    const other = { lower, upper: Buffer.from(at("upper2")), work: Buffer.from(at("work2")), options: [] };
    past.stage.withOverlay(other, () => {
      const before = past.dump();
      expect(fsck("-n", "-o", past.options).status).toBe(4);
      for (const mode of ["-p", "-y"]) expect(fsck(mode, "-o", past.options).status).toBe(8);
      expect(past.dump()).toEqual(before);
    });
    expect(fsck("-p", "-o", past.options).status).toBe(1);
  });

  it("takes a lower layer that is itself an overlay for an ordinary one", () => {
    past.live([], (mnt) => {
      for (const layer of ["upper2", "work2"]) mkdirSync(at(layer));
      const { status } = fsck("-p", "-o", `lowerdir=${mnt},upperdir=${at("upper2")},workdir=${at("work2")}`);
      expect(status).toBe(0);
    });
  });

  it("checks lower layers without an upper one, and leaves what is wrong in them", () => {
    mkdirSync(at("lower2"));
    const lowers = `lowerdir=${at("lower")}:${at("lower2")}`;
    for (const mode of ["-n", "-p", "-y"]) expect(fsck(mode, "-o", lowers).status).toBe(0);
    makeWhiteout(Buffer.from(at("lower2/gone")));
    for (const mode of ["-n", "-p", "-y"]) expect(fsck(mode, "-o", lowers).status).toBe(4);
  });

  it("knows escapes and data-only layers", () => {
    for (const layer of ["a,b", "c:d", "data"]) mkdirSync(at(layer));
    symlinkSync(at("upper"), at("u,p"));
    makeWhiteout(Buffer.from(at("c:d/gone")));
    writeFileSync(at("data/x"), "");
    const lowers = `${at("a\\,b")}:${at("c\\:d")}::${at("data")}`;
    const options = `lowerdir=${lowers},upperdir=${at("u\\,p")},workdir=${at("work")}`;
    expect(fsck("-n", "-o", options).status).toBe(4);
    expect(fsck("-p", "-o", options).status).toBe(1);
    expect(fsck("-n", "-o", options).status).toBe(0);
  });

  it("is given names that are not UTF-8", () => {
    const strange = Buffer.concat([Buffer.from(at("u")), Buffer.from([0xff])]);
    mkdirSync(strange);
    makeWhiteout(Buffer.concat([strange, Buffer.from("/gone")]));
    const rest = `lowerdir=${at("lower")},workdir=${at("work")},upperdir=${at("u")}`;
    for (const letters of ["-no", "-n -o "]) {
      const { status } = ran("sh", [
        "-c",
        `"$1" "$2" ${letters}"$3$(printf '\\377')"`,
        "sh",
        process.execPath,
        program,
        rest,
      ]);
      expect(status).toBe(4);
    }
    rmSync(strange, { recursive: true });
  });

  it("says nothing of what an ordinary user cannot read", () => {
    const command = ["--reuid=65534", "--clear-groups", process.execPath, program, "-n", "-o", past.options];
    const { status, stdout } = ran("setpriv", command, { cwd: root, env: { ...process.env, HOME: "/" } });
    expect(status).toBe(8);
    expect(stdout).not.toContain("clean");
  });

  it.runIf(hasCommand("fsck"))("is what fsck -t overlay calls", () => {
    makeWhiteout(Buffer.from(at("upper/gone")));
    mkdirSync(at("bin"));
    writeFileSync(at("bin/fsck.overlay"), `#!/bin/sh\nexec ${process.execPath} ${program} "$@"\n`, {
      mode: 0o755,
    });
    const env = { ...process.env, PATH: `${at("bin")}:${process.env["PATH"]}` };
    const through = (...args: readonly string[]) => ran("fsck", ["-t", "overlay", ...args], { env }).status;
    expect(through("-n", "--", `-o${past.options}`)).toBe(4);
    expect(through("-p", "--", `-o${past.options}`)).toBe(1);
    expect(through("-a", "--", `-o${past.options}`)).toBe(0);
  });
});
