import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { octalField } from "../../src/lib/export/escape.js";
import { escapePath } from "../../src/lib/mount/lowerdir.js";
import { document, ovlIndex, program, ran } from "../support/cli.js";
import { EXPORTED, Past } from "../support/past.js";
import { needsRoot } from "../support/root.js";

const SCHEMA = "ovl-index/layers/1";
const POINT = "/srv/my data";
const UNIT = "srv-my\\x20data.mount";

/** Layers by their names on the disk; those of the second need every escape that a form has. */
const NAMES = {
  plain: ["lower", "upper", "work"],
  odd: ["lo w:er,1", "up\\per:2", "wo rk, 3"],
} as const;

needsRoot("an overlay", () => {
  let past: Past;
  let system: string;
  let stack: { lower: string; upper: string; work: string };

  beforeEach(() => {
    past = new Past();
    past.change();
    system = join(past.stage.root, "system");
    for (const name of ["etc", "run/systemd/system", "bin"]) {
      mkdirSync(join(system, name), { recursive: true });
    }
  });
  afterEach(() => past.dispose());

  function call(names: readonly [string, string, string]): void {
    for (const [i, from] of NAMES.plain.entries()) {
      renameSync(join(past.dir, from), join(past.dir, names[i] ?? from));
    }
    const [lower, upper, work] = names.map((name) => join(past.dir, name)) as [string, string, string];
    stack = { lower, upper, work };
  }
  function directory(name: string): Buffer {
    mkdirSync(join(past.dir, name));
    return Buffer.from(join(past.dir, name));
  }
  const escaped = (path: string): string => escapePath(Buffer.from(path)).toString();
  const options = ({ lower, upper, work } = stack): string =>
    `lowerdir=${escaped(lower)},upperdir=${escaped(upper)},workdir=${escaped(work)},index=on`;
  const fstabLine = (point: string, given: string): string =>
    `overlay ${octalField(Buffer.from(point))} overlay noauto,${octalField(Buffer.from(given))} 0 0\n`;
  const unit = (given: string): string =>
    `[Mount]\nWhat=overlay\nWhere=${POINT}\nType=overlay\nOptions=${given}\n`;

  /** A program that prints what a container tool prints of this overlay, by the first of its arguments. */
  function standIn(name: string, answers: Readonly<Record<string, string>>): void {
    const cases = Object.entries(answers).map(([word, output], i) => {
      const file = join(system, `${name}.${i}`);
      writeFileSync(file, output);
      return `${word}) cat '${file}';;`;
    });
    const unknown = `*) echo "$0: \\"$1\\": not found" >&2; exit 1;;`;
    const script = `#!/bin/sh\ncase "$1" in\n${cases.join("\n")}\n${unknown}\nesac\n`;
    writeFileSync(join(system, "bin", name), script, { mode: 0o755 });
  }
  const inspected = (driver: string): string => {
    const data = { LowerDir: stack.lower, UpperDir: stack.upper, WorkDir: stack.work };
    return JSON.stringify([{ Id: "c1", GraphDriver: { Name: driver, Data: data } }]);
  };

  /** `ovl-index check ARGS`, where /etc and /run are those of `system`. */
  function check(args: readonly string[], { input = "" } = {}) {
    const script = `mount -t tmpfs tmpfs /etc && mount -t tmpfs tmpfs /run || exit 99
      cp -a "$1/etc/." /etc; cp -a "$1/run/." /run; shift; exec "$@"`;
    const command = ["sh", "-c", script, "sh", system, process.execPath, program, "check", ...args];
    const env = { PATH: `${join(system, "bin")}:${process.env["PATH"]}` };
    return ran("unshare", ["-m", "--propagation", "private", ...command], { input, cwd: past.dir, env });
  }
  function found(args: readonly string[], surroundings = {}) {
    const { status, stdout, stderr } = check([...args, "--json"], surroundings);
    expect({ status, stderr }).toEqual({ status: 4, stderr: "" });
    const { overlay, ...rest } = document(stdout, "check-1");
    const { source, ...resolved } = overlay;
    return { source, document: { ...rest, overlay: resolved } };
  }

  describe.each(Object.entries(NAMES))("with %s names", (kind, names) => {
    it("is the same in every form: resolved stack and findings", () => {
      call(names);
      const expected = found(["-o", options()]);
      expect(expected.source).toBe("-o");
      expect(expected.document.findings.length).toBeGreaterThan(1);
      expect(expected.document.overlay.requested).toEqual({ index: "on" });
      const same = (source: string, args: readonly string[], surroundings = {}): void => {
        const told = found(args, surroundings);
        expect({ form: args[0], ...told }).toEqual({ form: args[0], source, document: expected.document });
      };
      const { lower, upper, work } = stack;
      same("-o", ["-o", options({ lower: names[0], upper: names[1], work: names[2] })]);
      const apart = ["--lower", escaped(lower), "--upper", upper, "--work", work];
      same("--lower/--upper/--work", [...apart, "-o", "index=on"]);

      writeFileSync(join(system, "etc/fstab"), fstabLine(POINT, options()));
      same("fstab", [POINT]);
      const image = join(past.dir, "etc");
      mkdirSync(image);
      writeFileSync(join(image, "fstab"), fstabLine(POINT, options().replaceAll(past.dir, "")));
      same("fstab", [POINT, "--root", past.dir]);
      // What is to be found in the tree is not looked for outside of it.
      symlinkSync("..", join(past.dir, "outside"));
      const outward = options().replaceAll(past.dir, "/outside/../outside");
      writeFileSync(join(image, "fstab"), fstabLine(POINT, outward));
      same("fstab", [POINT, "--root", past.dir]);

      writeFileSync(join(system, "etc/fstab"), "");
      writeFileSync(join(system, "run/systemd/system", UNIT), unit(options()));
      same("systemd", [POINT]);
      same("systemd", [UNIT]);
      same("systemd", [join("/run/systemd/system", UNIT)]);

      const layers = { schema: SCHEMA, lower: [lower], upper, work, options: { index: "on" } };
      writeFileSync(join(system, "layers.json"), JSON.stringify(layers));
      same("--layers", ["--layers", join(system, "layers.json")]);
      same("--layers", ["--layers", "-"], { input: JSON.stringify(layers) });
      // As a report tells them.
      const report = JSON.parse(check(["-o", options(), "--json"]).stdout).overlay;
      const ofRole = (role: string): { path: string }[] =>
        report.layers
          .filter((layer: { role: string }) => layer.role === role)
          .map(({ path }: { path: string }) => ({ path }));
      const again = {
        schema: SCHEMA,
        lower: ofRole("lower"),
        upper: ofRole("upper")[0],
        work: ofRole("work")[0],
        options: report.requested,
      };
      same("--layers", ["--layers", "-"], { input: JSON.stringify(again) });

      standIn("docker", { container: inspected("overlay2") });
      same("docker", ["--docker", "c1", "-o", "index=on"]);
      standIn("podman", { container: inspected("overlay"), info: '{"overlay.mountopt":"nodev,index=on"}' });
      same("podman", ["--podman", "c1"]);
      // Paths that need escapes are none of containerd's: it has no way to mount them.
      if (kind === "odd") return;
      const mount = (index: string): string =>
        `mount -t overlay overlay /overlay -o index=${index},workdir=${work},upperdir=${upper},lowerdir=${lower}\n`;
      standIn("ctr", { "-n": mount("off"), snapshots: mount("on") });
      same("containerd", ["--containerd", "a2"]);
      standIn("docker", {
        container: '[{"Id":"c1","Storage":{"RootFS":{"Snapshot":{"Name":"overlayfs"}}}}]',
      });
      same("docker", ["--docker", "c1", "-o", "index=on"]);
    });

    it("is the same stack while it is mounted, and in use in every form", () => {
      call(names);
      const { lower, upper, work } = stack;
      const layers = (args: readonly string[]): { path: string }[] => {
        const { status, stdout } = check([...args, "--json"]);
        const { overlay, provisional, counts } = document(stdout, "check-1");
        expect({ status, provisional }).toEqual({ status: 12, provisional: true });
        expect(counts.byCode["layers-in-use"]).toBe(2);
        return overlay.layers;
      };
      const point = past.stage.mnt.toString();
      const mounted = ran("mount", ["-t", "overlay", "overlay", "-o", options(), point]);
      expect(mounted).toMatchObject({ status: 0, stderr: "" });
      try {
        const expected = layers(["-o", options()]);
        expect(expected.map(({ path }) => path)).toEqual([upper, lower, work]);
        expect(layers([point])).toEqual(expected);
        standIn("docker", { container: inspected("overlay2") });
        expect(layers(["--docker", "c1"])).toEqual(expected);
      } finally {
        ran("umount", [point]);
      }
    });
  });

  it("is among all of them, each told once, their exit codes in one", () => {
    call(NAMES.odd);
    const missing = "lowerdir=/no/such,upperdir=/no/u,workdir=/no/w";
    const fstab = [
      fstabLine(POINT, options()),
      fstabLine("/mnt/none", missing),
      fstabLine("/mnt/bad", "indx=on"),
    ];
    writeFileSync(join(system, "etc/fstab"), fstab.join(""));
    writeFileSync(join(system, "run/systemd/system", UNIT), unit(options()));
    const live = {
      lower: [directory("l2")],
      upper: directory("u2"),
      work: directory("w2"),
      options: EXPORTED,
    };
    past.stage.withOverlay(live, () => {
      const { status, stdout, stderr } = check(["--all", "--json"]);
      expect(stderr).toBe("");
      const told = document(stdout, "check-all-1");
      const codes: number[] = told.overlays.map(({ exitCode }: { exitCode: number }) => exitCode);
      expect(status).toBe(codes.reduce((all, code) => all | code, 0));
      expect(told.exitCode).toBe(status);
      // There may be others: of whatever these tests are run in.
      const ours = [past.stage.mnt.toString(), POINT, "/mnt/none", "/mnt/bad"];
      const shown = told.overlays.filter(({ name }: { name: string }) => ours.includes(name));
      const heads = shown.map(({ check: _, ...head }: { check: unknown }) => head);
      const only = (from: string, path: string | undefined) => ({ name: path, names: [{ from, path }] });
      const both = [
        { from: "fstab", path: POINT },
        { from: "systemd", path: POINT },
      ];
      expect(heads).toEqual([
        { ...only("mountinfo", ours[0]), exitCode: 8, trouble: null },
        { name: POINT, names: both, exitCode: 4, trouble: null },
        { ...only("fstab", "/mnt/none"), exitCode: 8, trouble: null },
        { ...only("fstab", "/mnt/bad"), exitCode: 8, trouble: 'indx: unknown option; did you mean "index"?' },
      ]);
      expect(shown[1].check).toEqual(JSON.parse(check([POINT, "--json"]).stdout));

      expect(check(["--all", "--quiet"])).toEqual({ status, stdout: "", stderr: "" });
      const text = check(["--all"]).stdout;
      expect(text).toContain(`== ${POINT} ==\n  fstab ${POINT}, systemd ${POINT}\nNOT READY`);
      expect(text).toContain("NOT CHECKED: indx: unknown option");
      expect(text).toMatch(/^\d+ overlays: 0 ready for nfs-export, 1 not checked\n$/m);
      const metrics = check(["--all", "--format", "prometheus"]);
      expect(metrics.stdout).toContain(`ovl_index_ready{overlay="${POINT}",require="nfs-export"} 0`);
      expect(metrics.stderr).toBe('ovl-index: /mnt/bad: indx: unknown option; did you mean "index"?\n');
      const lines = check(["--all", "--format", "ndjson"]).stdout.trim().split("\n");
      const summaries = lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === "summary");
      expect(summaries.map(({ name }) => name)).toEqual(expect.arrayContaining(ours.slice(0, 3)));
    });
  });

  it("in an image tree: all are those of the tree, and it may have none", () => {
    call(NAMES.plain);
    mkdirSync(join(past.dir, "etc"));
    writeFileSync(join(past.dir, "etc/fstab"), fstabLine("/mnt/a", options().replaceAll(past.dir, "")));
    const told = document(check(["--all", "--json", "--root", past.dir]).stdout, "check-all-1");
    const heads = told.overlays.map(({ name, exitCode }: Record<string, unknown>) => [name, exitCode]);
    expect(heads).toEqual([["/mnt/a", 4]]);
    const nothing = "no overlay is mounted, in fstab or in a mount unit\n";
    expect(check(["--all", "--root", past.stage.root])).toEqual({ status: 0, stdout: nothing, stderr: "" });
    const empty = document(check(["--all", "--json", "--root", past.stage.root]).stdout, "check-all-1");
    expect(empty.overlays).toEqual([]);
  });
});

describe("an overlay that is not named", () => {
  it.each<[readonly string[], number, string]>([
    [["--docker", "a", "--podman", "b"], 16, "the overlay is named twice: by --docker and by --podman"],
    [["/mnt", "--layers", "-"], 16, "the overlay is named twice: by a mount point and by --layers"],
    [["--docker", "a", "-o", "lowerdir=/a"], 16, "the overlay is named twice: by -o and by --docker"],
    [["--docker", "--privileged"], 16, "docker --privileged: is no name or id of a container"],
    [["--layers", "/no/such/file"], 8, "/no/such/file: ENOENT"],
    [["--layers", "/"], 8, "/: EISDIR"],
    [["--layers", "-"], 16, "stdin: it is no JSON: Unexpected end of JSON input"],
    [["--all", "-o", "index=on"], 16, "which overlay?"],
  ])("%j", (args, status, line) => {
    const told = ovlIndex(["check", ...args], { input: "" });
    expect(told).toMatchObject({ status, stdout: "" });
    expect(told.stderr).toContain(`ovl-index: ${line}`);
    expect(told.stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  it("by a tool that is not there is an exit code of 8", () => {
    const told = ovlIndex(["check", "--docker", "a"], { env: { ...process.env, PATH: "/nonexistent" } });
    const line = "ovl-index: docker a: the program docker is not installed\n";
    expect(told).toEqual({ status: 8, stdout: "", stderr: line });
  });

  it("twice by one stdin is refused", () => {
    const told = ovlIndex(["resolve", "-", "--layers", "-"], { input: "" });
    expect(told).toMatchObject({ status: 16, stdout: "" });
  });
});
