/** The commands export and resolve, on a real overlay. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeGanesha } from "../../src/lib/format/ganeshaHandle.js";
import { encodeKnfsd } from "../../src/lib/format/knfsdHandle.js";
import { unescapeOctal } from "../../src/lib/mount/bytes.js";
import { document, ovlIndex, ran, root } from "../support/cli.js";
import { hasCommand } from "../support/commands.js";
import { Stage } from "../support/mounts.js";
import { EXPORTED, INDEX_OFF } from "../support/past.js";
import { needsRoot } from "../support/root.js";
import { MNT_DETACH, must, sys } from "../support/sys.js";

describe("usage", () => {
  it.each([
    [["resolve", "-o", "lowerdir=/a:/b"], "which handle?"],
    [["resolve", "nonsense", "-o", "lowerdir=/a:/b"], "not a handle: nonsense"],
    [["resolve", "0x1234abcd", "-o", "lowerdir=/a:/b"], "a checksum of a handle"],
    [["resolve", "/a", "/b"], "one mount point at a time: /a, /b"],
    [["resolve", "010001004d000000"], "which overlay?"],
    [["export"], "which overlay?"],
    [["export", "--clients", "a b", "-o", "lowerdir=/a:/b"], "--clients: not a host"],
    [
      ["export", "--fsid", "4294967296", "-o", "lowerdir=/a:/b"],
      "--fsid: a number is at most 4294967295: 4294967296",
    ],
    [["export", "--fsid", "x", "-o", "lowerdir=/a:/b"], "--fsid: neither a number nor a UUID: x"],
    [["export", "--clients", "", "-o", "lowerdir=/a:/b"], "--clients is empty"],
    [["export", "--fsid", "", "-o", "lowerdir=/a:/b"], "--fsid is empty"],
    [["resolve", "", "-o", "lowerdir=/a:/b"], "a handle is empty"],
    [["export", "--mountpoint", "", "-o", "lowerdir=/a:/b"], "--mountpoint is empty"],
    [["export", "--format", "xml", "-o", "lowerdir=/a:/b"], "--format"],
  ])("%j ends in 16", (args, message) => {
    const { status, stdout, stderr } = ovlIndex(args);
    expect({ status, stdout }).toEqual({ status: 16, stdout: "" });
    expect(stderr).toContain(message);
  });
});

needsRoot("with an overlay", () => {
  let stage: Stage;
  let dir: string;
  beforeEach(() => {
    stage = Stage.create("ext4");
    stage.mountDisks();
    dir = stage.path(0, "ovl").toString();
    mkdirSync(dir);
    for (const layer of ["lower", "lower2", "upper", "work"]) mkdirSync(join(dir, layer));
    writeFileSync(join(dir, "lower/a"), "1");
    mkdirSync(join(dir, "lower/d"));
    writeFileSync(join(dir, "lower/d/b"), "2");
  });
  afterEach(() => stage.dispose());

  const options = (more = "") =>
    `lowerdir=${dir}/lower,upperdir=${dir}/upper,workdir=${dir}/work,redirect_dir=on${more}`;
  const layer = (name: string) => Buffer.from(join(dir, name));
  const live = (features: readonly (readonly [string, string])[], work: (at: string) => void): void => {
    const at = { lower: [layer("lower")], upper: layer("upper"), work: layer("work") };
    const mount = { ...at, options: [["redirect_dir", "on"], ...features] as const };
    stage.withOverlay(mount, () => work(stage.mnt.toString()));
  };
  /** What is another one in each run is left out. */
  const shown = (text: string) =>
    text
      .replaceAll(dir, "/ovl")
      .replaceAll(`${process.execPath} ${root}`, "/usr/bin/node /opt/ovl-index")
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UUID")
      .replaceAll(/(Export_Id|Filesystem_Id) = [\d.]+/g, "$1 = ...");

  describe("export", () => {
    it("prints every block of an overlay that is ready, and the same ones again", () => {
      const first = ovlIndex(["export", "-o", options()]);
      expect(first).toMatchObject({ status: 0, stderr: "" });
      expect(shown(first.stdout)).toMatchSnapshot();
      live(EXPORTED, (at) => writeFileSync(join(at, "a"), "new"));
      // The kernel has given the overlay its own UUID meanwhile.
      expect(ovlIndex(["export", "-o", options()]).stdout).toBe(first.stdout);
    });

    it("tells what gets one ready that is not, and 4", () => {
      live(EXPORTED, () => undefined);
      live(INDEX_OFF, (at) => writeFileSync(join(at, "a"), "new"));
      const { status, stdout } = ovlIndex(["export", "-o", options()]);
      expect(status).toBe(4);
      expect(shown(stdout)).toMatchSnapshot();
      const alone = ovlIndex(["export", "--format", "fstab", "-o", options()]);
      expect(alone).toMatchObject({ status: 4, stdout: "" });
      expect(shown(alone.stderr)).toContain("not ready for export: ovl-index build -o");
      const { stdout: json } = ovlIndex(["export", "--json", "-o", options()]);
      expect(document(json, "export-1")).toMatchObject({ ready: false, blocks: [], identity: null });
      expect(ovlIndex(["build", "-y", "-o", options()]).status).toBe(0);
      expect(ovlIndex(["export", "-o", options()]).status).toBe(0);
    });

    it("prints a line that mounts, and options that check finds as ready", () => {
      const odd = join(dir, "l,o:w %e\\r");
      mkdirSync(odd);
      writeFileSync(join(odd, "f"), "");
      const lower = `${odd.replace(/[\\:,]/g, "\\$&")}`;
      const asked = `lowerdir=${lower},upperdir=${dir}/upper,workdir=${dir}/work`;
      const here = ["--mountpoint", stage.mnt.toString(), "-o", asked];
      const line = ovlIndex(["export", "--format", "mount", ...here]).stdout;
      execFileSync("sh", ["-c", line]);
      try {
        expect(readFileSync(join(stage.mnt.toString(), "f"), "utf8")).toBe("");
      } finally {
        must(sys.umount(stage.mnt, MNT_DETACH), "umount");
      }
      const [source, target = "", type, mounting = ""] = ovlIndex([
        "export",
        "--format",
        "fstab",
        ...here,
      ]).stdout.split(" ");
      expect([source, target, type]).toEqual(["overlay", stage.mnt.toString(), "overlay"]);
      const given = unescapeOctal(Buffer.from(mounting)).toString();
      expect(ovlIndex(["check", "-o", given]).status).toBe(0);
    });

    it("says what an overlay without an upper layer needs", () => {
      const lowers = `lowerdir=${dir}/lower:${dir}/lower2`;
      const { status, stdout } = ovlIndex(["export", "-o", `${lowers},redirect_dir=on`]);
      expect(status).toBe(4);
      expect(shown(stdout)).toMatchSnapshot();
      const ready = ovlIndex(["export", "--format", "exports", "-o", `${lowers},redirect_dir=nofollow`]);
      expect(ready.status).toBe(0);
      expect(ready.stdout).toContain("localhost(ro,");
      const strict = ovlIndex(["check", "--strict", "-o", `${lowers},redirect_dir=nofollow`]);
      expect(strict.status).toBe(0);
    });

    it.runIf(hasCommand("systemd-analyze"))("prints units that systemd takes", () => {
      const point = "/export/odd name-%1";
      const asked = ["export", "--json", "--mountpoint", point, "-o", options()];
      const { blocks } = document(ovlIndex(asked).stdout, "export-1") as {
        blocks: { name: string; pieces: { file: string; text: string }[] }[];
      };
      const pieces = blocks.find(({ name }) => name === "systemd")?.pieces ?? [];
      const units = pieces.map(({ file, text }) => {
        const path = join(stage.root, "units", file.replace("/etc/systemd/system/", ""));
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
        return path;
      });
      const mountUnit = units.find((path) => path.endsWith(".mount")) ?? "";
      const instance =
        units.find((path) => path.endsWith("layers.conf"))?.replace(".d/layers.conf", "") ?? "";
      const { status, stderr } = ran(
        "systemd-analyze",
        ["verify", "--man=no", "--recursive-errors=yes", mountUnit, instance],
        { env: { ...process.env, SYSTEMD_UNIT_PATH: `${join(stage.root, "units")}:` } },
      );
      const about = stderr.split("\n").filter((line) => /export-|ovl-index/.test(line));
      expect({ status, about }).toEqual({ status: 0, about: [] });
    });
  });

  describe("resolve", () => {
    const knfsd = (handle: Buffer): string => {
      const fid = handle.subarray(4);
      const parts = { fsidType: 1, fsid: Buffer.from([77, 0, 0, 0]), fileidType: handle[0] ?? 0, fid };
      return encodeKnfsd(parts).toString("hex");
    };
    const ganesha = (handle: Buffer): string => {
      const parts = { flags: 0, exportId: 7, fsidType: 4, fsid: Buffer.alloc(8), type: handle[0] ?? 0 };
      return encodeGanesha({ ...parts, fid: handle.subarray(4) }).toString("base64");
    };
    const handleOf = (path: string): Buffer => {
      const handle = sys.nameToHandle(Buffer.from(path));
      if (typeof handle === "number") throw new Error(`no handle: ${handle}`);
      return handle;
    };
    const steady = (text: string) =>
      shown(text)
        .replaceAll(/00fb[0-9a-f]{54}/g, "HANDLE")
        .replaceAll(/(00fb\.{3}[0-9a-f]{8})[0-9a-f]{8}/g, "$1")
        .replaceAll(/[0-9a-f]{32}\s+UUID/g, "UUID")
        .replaceAll(/generation \d+/g, "generation ...")
        .replaceAll(/(fid +[0-9a-f]{8})[0-9a-f]{8}/g, "$1...");

    it("leads to paths, also while the overlay is mounted, and to ESTALE", () => {
      const held: string[] = [];
      live(EXPORTED, (at) => {
        held.push(knfsd(handleOf(join(at, "a"))), ganesha(handleOf(join(at, "d"))));
        held.push(knfsd(handleOf(join(at, "d/b"))));
        writeFileSync(join(at, "a"), "new");
        execFileSync("mv", [join(at, "d"), join(at, "e")]);
        execFileSync("rm", [join(at, "e/b")]);
        const mounted = ovlIndex(["resolve", ...held, at]);
        expect({ status: mounted.status, stderr: mounted.stderr }).toEqual({ status: 4, stderr: "" });
        expect(mounted.stdout).toContain("leads to /a (file");
      });
      const { status, stdout } = ovlIndex(["resolve", ...held, "-o", options()]);
      expect(status).toBe(4);
      expect(steady(stdout).replaceAll(held[1] ?? "", "BASE64")).toMatchSnapshot();
      const [first = "", second = "", third = ""] = held;
      expect(ovlIndex(["resolve", first, second, "-o", options()]).status).toBe(0);
      const piped = ovlIndex(["resolve", "-", "--json", "-o", options()], {
        input: `${first},${second}\n\n${third}\n${first}\n`,
      });
      expect(piped.status).toBe(4);
      expect(document(piped.stdout, "resolve-1")).toMatchObject({
        mount: { ok: true },
        search: { complete: true },
        handles: [
          { given: first, form: "knfsd", end: { leads: "object", paths: [{ path: "a" }], layer: "upper" } },
          { given: second, form: "ganesha", end: { leads: "directory", path: "e" } },
          { given: third, form: "knfsd", end: { leads: "nowhere", because: "tombstone", errno: "ESTALE" } },
        ],
      });
    });

    it("leads to the root of what the kernel's server exports", () => {
      expect(ovlIndex(["resolve", "010001004d000000", "-o", options()])).toMatchObject({
        status: 0,
        stdout: expect.stringContaining("leads to / (directory)"),
      });
    });

    it("tells an object that no name shows, and one whose layers are others", () => {
      const held: string[] = [];
      live(EXPORTED, (at) => void held.push(knfsd(handleOf(join(at, "a")))));
      live(INDEX_OFF, (at) => execFileSync("rm", [join(at, "a")]));
      const named = ovlIndex(["resolve", ...held, "-o", options()]);
      expect(named.status).toBe(0);
      expect(named.stdout).toContain("leads to an object which no name of the overlay shows (file");
      const foreign = (held[0] ?? "").replace(/(00fb1d0001).{32}/, `$1${"11".repeat(16)}`);
      const { status, stdout } = ovlIndex(["resolve", foreign, "-o", options()]);
      expect(status).toBe(4);
      expect(stdout).toContain("  ESTALE: ");
      expect(stdout.replaceAll(/\s+/g, " ")).toContain("the layers were copied or restored since");
      expect(stdout).toContain("next: ovl-index check -o");
    });
  });
});
