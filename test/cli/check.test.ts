import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { document, ovlIndex, ovlIndexOfNobody, program, ran, root } from "../support/cli.js";
import { EXPORTED, Past } from "../support/past.js";
import { needsRoot } from "../support/root.js";
import { must, sys } from "../support/sys.js";

const run = (args: readonly string[], cwd = root) => ovlIndex(["check", ...args], { cwd });

describe("usage", () => {
  it.each([
    [[]],
    [["/no/overlay/here"]],
    [["-o", "lowerdir=/a,upperdir=/b,workdir=/c,nfs_exports=on"]],
    [["-o", "index=on"]],
    [["--upper", "/a"]],
    [["--lower", "/a", "-o", "lowerdir=/b"]],
    [["/mnt", "-o", "lowerdir=/b"]],
    [["-o", "lowerdir=/b", "/mnt"]],
    [["--require", "everything", "-o", "lowerdir=/a:/b"]],
    [["--bogus"]],
    // What a script's unset variable comes to, and the working directory would be taken for.
    [[""]],
    [["--lower", "", "--upper", "/b", "--work", "/c"]],
    [["--lower", "/a", "--upper", "", "--work", "/c"]],
    [["--lower", "/a", "--upper", "/b", "--work", ""]],
    [["--layers", ""]],
    [["--root", "", "-o", "lowerdir=/a:/b"]],
    [["--all", "--root", ""]],
    [["--all", "--root", "/etc/fstab"]],
    [["-o", "lowerdir=/a:/b", "--output", "/tmp/one", "--report", "/tmp/one"]],
  ])("%j ends in 16, with a word on stderr and none on stdout", (args) => {
    const { status, stdout, stderr } = run(args);
    expect(status).toBe(16);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^ovl-index: /);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it("names what is wrong with the fstab of an image tree, and waits for nobody", () => {
    const tree = mkdtempSync(join(tmpdir(), "ovl-index-tree-"));
    const fstab = join(tree, "etc/fstab");
    const told = () => run(["--root", tree, "/mnt"]);
    mkdirSync(join(tree, "etc"));
    try {
      expect(told()).toEqual({ status: 16, stdout: "", stderr: `ovl-index: ${fstab}: ENOENT\n` });
      expect(spawnSync("mkfifo", [fstab]).status).toBe(0);
      expect(told().stderr).toBe(`ovl-index: ${fstab}: is no regular file\n`);
      rmSync(fstab);
      symlinkSync("fstab", fstab);
      expect(told().stderr).toContain(`${fstab}: ELOOP`);
      const looped = run(["--root", tree, "-o", "lowerdir=/etc/fstab"]);
      expect(looped.stderr).toContain("lowerdir=/etc/fstab: ELOOP");
    } finally {
      rmSync(tree, { recursive: true });
    }
  });

  it.each([[["--all"]], [["/mnt"]], [["-o", "lowerdir=/a:/b"]]])(
    "%j in an image tree that is not there ends in 8: nothing was looked at",
    (args) => {
      const stderr = "ovl-index: --root: /no/such/tree: ENOENT\n";
      expect(run([...args, "--root", "/no/such/tree"])).toEqual({ status: 8, stdout: "", stderr });
    },
  );

  it("offers the option that was meant", () => {
    expect(run(["-o", "lowerdir=/a,nfs_exports=on"]).stderr).toContain('did you mean "nfs_export"?');
  });
});

needsRoot("check", () => {
  let past: Past;
  beforeEach(() => {
    past = new Past();
  });
  afterEach(() => past.dispose());

  it("finds nothing wrong with a healthy overlay, in ten lines", () => {
    past.live(EXPORTED, (at) => {
      writeFileSync(join(at, "a"), "2");
      rmSync(join(at, "b"));
    });
    const { status, stdout, stderr } = run(["-o", past.options]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n").length).toBeLessThanOrEqual(10);
    expect(past.shown(stdout)).toMatchSnapshot();
  });

  it("takes layers one by one, relative paths and an overlay that lies in an image tree", () => {
    const layers = ["--lower", "lower", "--upper", "upper", "--work", "work"];
    expect(run(layers, past.dir).status).toBe(0);
    const inside = ["--lower", "/lower", "--upper", "/upper", "--work", "/work", "--root", past.dir];
    expect(run(inside).status).toBe(0);
  });

  it("tells what is wrong, for people and for programs", () => {
    past.change();
    const human = run(["-o", past.options]);
    expect(human.status).toBe(4);
    expect(past.shown(human.stdout)).toMatchSnapshot();
    expect(human.stdout).not.toContain("\u001b");

    const { status, stdout } = run(["-o", past.options, "--json"]);
    const told = document(stdout, "check-1");
    expect(status).toBe(4);
    expect(told).toMatchObject({
      ready: false,
      complete: true,
      provisional: false,
      prediction: { mount: { ok: true } },
    });
    expect(
      told.findings.map((found: { code: string; path: string }) => [found.code, found.path]).sort(),
    ).toEqual([
      ["copied-up-not-indexed", "a"],
      ["tombstone-missing", "b"],
    ]);
  });

  it("asks for less with --require", () => {
    past.change();
    expect(run(["-o", past.options, "--require", "plain"]).status).toBe(0);
  });

  it("is never sure of an overlay that is mounted", () => {
    past.live(EXPORTED, () => {
      const { status, stdout } = run(["-o", past.options, "--json"]);
      expect((status ?? 0) & 8).toBe(8);
      expect(JSON.parse(stdout)).toMatchObject({ ready: false, provisional: true });
      const byMountPoint = run([past.stage.mnt.toString()]);
      expect(byMountPoint.stdout).toContain("PROVISIONAL");
      expect(byMountPoint.stdout).toContain("layers-in-use");
    });
  });

  it.each([
    ["a missing layer", () => past.options.replace("/lower", "/gone")],
    ["a file for a directory", () => past.options.replace("/lower", "/lower/a")],
    ["one directory as two layers", () => past.options.replace("/upper", "/lower")],
    ["lower inside upper", () => past.options.replace("/lower,", "/upper/in,")],
    [
      "the work directory elsewhere",
      () => past.options.replace(`workdir=${past.dir}/work`, `workdir=${tmpfs()}`),
    ],
  ])("ends in 8 for %s", (_name, made) => {
    mkdirSync(join(past.dir, "upper/in"));
    const { status, stdout, stderr } = run(["-o", made()]);
    expect(status).toBe(8);
    expect(stdout.startsWith("NOT READY")).toBe(true);
    expect(stderr).toBe("");
  });

  function tmpfs(): string {
    const at = join(past.stage.root, "elsewhere");
    mkdirSync(at);
    return at;
  }

  it("ends in 8 without root, and makes nothing up", () => {
    past.change();
    chmodSync(past.stage.root, 0o755);
    const { status, stdout } = ovlIndexOfNobody(["check", "-o", past.options]);
    expect((status ?? 0) & 8).toBe(8);
    expect(stdout).toMatch(/^UNDECIDED: the xattrs that make an overlay cannot be read/);
    expect(stdout).toContain("next: run the same command as root");
    const { counts } = JSON.parse(ovlIndexOfNobody(["check", "--json", "-o", past.options]).stdout);
    expect(Object.keys(counts.byCode).sort()).toEqual(["layer-unreadable", "no-privilege"]);
  });

  it("survives a reader that has seen enough", () => {
    past.change();
    const command = `${process.execPath} ${program} check --json -o ${past.options}`;
    const { stdout, stderr } = ran("sh", ["-c", `${command} | head -c 1`]);
    expect(stdout).toBe("{");
    expect(stderr).toBe("");
  });

  it("lets a name with control characters do nothing", () => {
    const name = Buffer.concat([
      Buffer.from(join(past.dir, "upper/x\u001b[2Jy\nREADY")),
      Buffer.from([0xff]),
    ]);
    writeFileSync(name, "");
    must(sys.setxattr(name, Buffer.from("trusted.overlay.origin"), Buffer.from("garbage"), 0), "setxattr");
    const { stdout } = run(["-o", past.options]);
    expect(stdout).toContain("x\\x1b[2Jy\\x0aREADY\\xff");
    const { findings } = JSON.parse(run(["-o", past.options, "--json"]).stdout);
    const found = findings.find((one: { code: string }) => one.code === "origin-invalid");
    expect(Buffer.from(found.pathHex, "hex").at(-1)).toBe(0xff);
  });
});
