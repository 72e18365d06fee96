import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";
import { must, sys } from "../support/sys.js";

const root = resolve(import.meta.dirname, "../..");
const schema = JSON.parse(readFileSync(join(root, "schemas/check-1.schema.json"), "utf8"));

function run(args: readonly string[], cwd?: string) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "bin/run.js"), "check", ...args],
    {
      encoding: "utf8",
      ...(cwd === undefined ? {} : { cwd }),
    },
  );
  return { status, stdout, stderr };
}

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

  it("offers the option that was meant", () => {
    expect(run(["-o", "lowerdir=/a,nfs_exports=on"]).stderr).toContain('did you mean "nfs_export"?');
  });
});

needsRoot("check", () => {
  let stage: Stage;
  let dir: string;
  beforeEach(() => {
    stage = Stage.create("ext4");
    stage.mountDisks();
    dir = stage.path(0, ".").toString().replace(/\/\.$/, "");
    for (const layer of ["lower", "upper", "work"]) mkdirSync(join(dir, layer));
    writeFileSync(join(dir, "lower/a"), "1");
    writeFileSync(join(dir, "lower/b"), "1");
  });
  afterEach(() => stage.dispose());

  const options = (more = "") => `lowerdir=${dir}/lower,upperdir=${dir}/upper,workdir=${dir}/work${more}`;
  /** What depends on the kernel's defaults is left out. */
  const shown = (text: string) => text.replaceAll(dir, "/ovl").replaceAll(/ redirect_dir=.*/g, " …");

  function live(features: readonly (readonly [string, string])[], work: (at: string) => void): void {
    const layer = (name: string) => Buffer.from(join(dir, name));
    must(
      stage.overlay({
        lower: [layer("lower")],
        upper: layer("upper"),
        work: layer("work"),
        options: features,
      }),
      "mount",
    );
    work(stage.mnt.toString());
    stage.umountOverlay();
  }
  const exported = [
    ["index", "on"],
    ["nfs_export", "on"],
  ] as const;

  /** On, off, on: two objects whose handles lead to the wrong place. */
  function onOffOn(): void {
    live(exported, () => undefined);
    live([["index", "off"]], (at) => {
      writeFileSync(join(at, "a"), "2");
      rmSync(join(at, "b"));
    });
  }

  it("finds nothing wrong with a healthy overlay, in ten lines", () => {
    live(exported, (at) => {
      writeFileSync(join(at, "a"), "2");
      rmSync(join(at, "b"));
    });
    const { status, stdout, stderr } = run(["-o", options()]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n").length).toBeLessThanOrEqual(10);
    expect(shown(stdout)).toMatchSnapshot();
  });

  it("takes layers one by one, relative paths and an overlay that lies in an image tree", () => {
    const layers = ["--lower", "lower", "--upper", "upper", "--work", "work"];
    expect(run(layers, dir).status).toBe(0);
    const inside = ["--lower", "/lower", "--upper", "/upper", "--work", "/work", "--root", dir];
    expect(run(inside).status).toBe(0);
  });

  it("tells what is wrong, for people and for programs", () => {
    onOffOn();
    const human = run(["-o", options()]);
    expect(human.status).toBe(4);
    expect(shown(human.stdout)).toMatchSnapshot();
    expect(human.stdout).not.toContain("\u001b");

    const { status, stdout } = run(["-o", options(), "--json"]);
    const document = JSON.parse(stdout);
    const valid = new Ajv2020().compile(schema);
    valid(document);
    expect(valid.errors).toBeNull();
    expect(status).toBe(4);
    expect(document).toMatchObject({
      ready: false,
      complete: true,
      provisional: false,
      prediction: { mount: { ok: true } },
    });
    expect(
      document.findings.map((found: { code: string; path: string }) => [found.code, found.path]).sort(),
    ).toEqual([
      ["copied-up-not-indexed", "a"],
      ["tombstone-missing", "b"],
    ]);
  });

  it("asks for less with --require", () => {
    onOffOn();
    expect(run(["-o", options(), "--require", "plain"]).status).toBe(0);
  });

  it("is never sure of an overlay that is mounted", () => {
    live(exported, () => {
      const { status, stdout } = run(["-o", options(), "--json"]);
      expect((status ?? 0) & 8).toBe(8);
      expect(JSON.parse(stdout)).toMatchObject({ ready: false, provisional: true });
      const byMountPoint = run([stage.mnt.toString()]);
      expect(byMountPoint.stdout).toContain("PROVISIONAL");
      expect(byMountPoint.stdout).toContain("layers-in-use");
    });
  });

  it.each([
    ["a missing layer", () => options().replace("/lower", "/gone")],
    ["a file for a directory", () => options().replace("/lower", "/lower/a")],
    ["one directory as two layers", () => options().replace("/upper", "/lower")],
    ["lower inside upper", () => options().replace("/lower,", "/upper/in,")],
    ["the work directory elsewhere", () => options().replace(`workdir=${dir}/work`, `workdir=${tmpfs()}`)],
  ])("ends in 8 for %s", (_name, made) => {
    mkdirSync(join(dir, "upper/in"));
    const { status, stdout, stderr } = run(["-o", made()]);
    expect(status).toBe(8);
    expect(stdout.startsWith("NOT READY")).toBe(true);
    expect(stderr).toBe("");
  });

  function tmpfs(): string {
    const at = join(stage.root, "elsewhere");
    mkdirSync(at);
    return at;
  }

  it("ends in 8 without root, whatever it could read", () => {
    chmodSync(stage.root, 0o755);
    const { status, stdout } = spawnSync(
      "setpriv",
      [
        "--reuid=65534",
        "--clear-groups",
        process.execPath,
        join(root, "bin/run.js"),
        "check",
        "-o",
        options(),
      ],
      { encoding: "utf8", env: { ...process.env, HOME: "/nonexistent" } },
    );
    expect((status ?? 0) & 8).toBe(8);
    expect(stdout).toContain("no-privilege");
    expect(stdout).toContain("next: run the same command as root");
  });

  it("survives a reader that has seen enough", () => {
    onOffOn();
    const ran = spawnSync(
      "sh",
      ["-c", `${process.execPath} ${join(root, "bin/run.js")} check --json -o ${options()} | head -c 1`],
      { encoding: "utf8" },
    );
    expect(ran.stdout).toBe("{");
    expect(ran.stderr).toBe("");
  });

  it("lets a name with control characters do nothing", () => {
    const name = Buffer.concat([Buffer.from(join(dir, "upper/x\u001b[2Jy\nREADY")), Buffer.from([0xff])]);
    writeFileSync(name, "");
    must(sys.setxattr(name, Buffer.from("trusted.overlay.origin"), Buffer.from("garbage"), 0), "setxattr");
    const { stdout } = run(["-o", options()]);
    expect(stdout).toContain("x\\x1b[2Jy\\x0aREADY\\xff");
    const document = JSON.parse(run(["-o", options(), "--json"]).stdout);
    const found = document.findings.find((one: { code: string }) => one.code === "origin-invalid");
    expect(Buffer.from(found.pathHex, "hex").at(-1)).toBe(0xff);
  });
});
