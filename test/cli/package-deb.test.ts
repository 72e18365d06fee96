// The Debian package, in a root of Debian 13 that apt makes for it: its dependencies are Debian's own, /usr is
// read-only while it runs.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Ran, ran, root as sources } from "../support/cli.js";
import { deadLinks, needsPrograms, pack, Scratch, TO_PACK } from "../support/packages.js";
import { needsRoot } from "../support/root.js";

const SUITE = "trixie";
const MIRROR = process.env["DEBIAN_MIRROR"] ?? "http://deb.debian.org/debian";
/** What is wanted of that root beside the package: what the demonstration mounts with, manual pages. */
const OTHERS = "e2fsprogs,mount,man-db";
const HOME = "usr/lib/ovl-index";

needsRoot("the Debian package", () =>
  needsPrograms([...TO_PACK, "mmdebstrap"], () => {
    const scratch = new Scratch();
    const root = scratch.folder("root");
    let deb: string;
    /** Started in the new root. */
    const inside = (...command: readonly string[]): Ran =>
      ran("chroot", [root, ...command], { env: { PATH: "/usr/sbin:/usr/bin" } });
    const mount = (...args: readonly string[]) => execFileSync("mount", args, { stdio: "inherit" });

    beforeAll(() => {
      const made = scratch.folder("made");
      execFileSync(process.execPath, ["scripts/deb.js", "--tarball", pack(made), "--output", made], {
        cwd: sources,
        stdio: ["ignore", "ignore", "inherit"],
      });
      const architecture = execFileSync("dpkg", ["--print-architecture"], { encoding: "utf8" }).trim();
      const name = readdirSync(made).find((file) => file.endsWith(`_${architecture}.deb`));
      deb = join(made, name ?? "no package of this architecture");

      // dpkg writes with many an fsync, which memory does not mind; and demo wants "/" to be a mount point.
      mount("-t", "tmpfs", "-o", "mode=755", "ovl-index-root", root);
      const options = [
        "--quiet",
        "--variant=essential",
        "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg",
        "--hook-dir=/usr/share/mmdebstrap/hooks/file-mirror-automount",
        `--include=${deb}`,
        `--include=${OTHERS}`,
        '--aptopt=Acquire::Languages "none"',
      ];
      const result = ran("mmdebstrap", [...options, SUITE, root, MIRROR]);
      expect(result, result.stderr).toMatchObject({ status: 0 });
      mount("-t", "proc", "proc", join(root, "proc"));
      for (const name of ["dev", "sys"]) mount("--rbind", `/${name}`, join(root, name));
      mount("--bind", join(root, "usr"), join(root, "usr"));
      mount("-o", "remount,bind,ro", join(root, "usr"));
    });
    afterAll(() => {
      execFileSync("umount", ["--recursive", "--lazy", root]);
      scratch.remove();
    });

    it("is what dpkg has installed, and left as it was packed", () => {
      expect(inside("dpkg", "-s", "ovl-index").stdout).toContain("\nStatus: install ok installed\n");
      expect(inside("dpkg", "--verify", "ovl-index")).toEqual({ status: 0, stdout: "", stderr: "" });
      const { version } = JSON.parse(readFileSync(join(sources, "package.json"), "utf8"));
      expect(inside("ovl-index", "--version").stdout).toBe(`ovl-index ${version}\n`);
    });

    it("has every program of the npm package", () => {
      const { bin } = JSON.parse(readFileSync(join(sources, "package.json"), "utf8"));
      for (const [name, file] of Object.entries(bin as Record<string, string>)) {
        const [found] = inside("which", name).stdout.split("\n");
        expect(inside("readlink", "-f", `${found}`).stdout).toBe(`/${HOME}/${file}\n`);
        expect(readFileSync(join(root, HOME, file), "utf8")).toMatch(/^#!\/usr\/bin\/node\n/);
      }
    });

    it("has V8's code of the program for Debian's Node, made as it was installed", () => {
      const node = inside("node", "-p", "[process.version, process.arch].join('-')").stdout.trim();
      expect(readdirSync(join(root, HOME, "dist/bundle"))).toEqual(
        expect.arrayContaining([`cli.${node}.code`, `fsck.${node}.code`]),
      );
    });

    it("plays the demonstration on real overlays", () => {
      const { status, stdout, stderr } = inside("ovl-index", "demo");
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toContain("copied-up-not-indexed");
    });

    it("is what fsck finds for overlays", () => {
      expect(inside("fsck.overlay", "-V")).toMatchObject({ status: 0 });
      const [lower, upper, work] = ["lower", "upper", "work"].map((name) => `/srv/${name}`);
      for (const layer of [lower, upper, work]) mkdirSync(join(root, `${layer}`));
      const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
      const { status, stdout, stderr } = inside(
        "fsck",
        "-t",
        "overlay",
        "overlay",
        "--",
        "-n",
        "-o",
        options,
      );
      expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: "" });
    });

    it("has a manual page of each program and command", () => {
      for (const file of readdirSync(join(sources, "man"))) {
        const page = basename(file, ".8");
        expect(inside("man", "-w", "8", page).stdout).toBe(`/usr/share/man/man8/${file}.gz\n`);
      }
      expect(inside("man", "8", "ovl-index").stdout).toMatch(/^OVL-INDEX\(8\)/);
    });

    it("has all that its pages lead to", () => {
      const pages = join(root, "usr/share/doc/ovl-index");
      expect(existsSync(join(pages, "README.md"))).toBe(true);
      expect(deadLinks(pages)).toEqual([]);
    });

    it("has completions where the shells look, which they can read", () => {
      const share = join(root, "usr/share");
      for (const program of ["ovl-index", "fsck.overlay"]) {
        const bash = join(share, "bash-completion/completions", program);
        const zsh = join(share, `zsh/vendor-completions/_${program}`);
        const fish = join(share, `fish/vendor_completions.d/${program}.fish`);
        expect(ran("bash", ["-n", bash])).toEqual({ status: 0, stdout: "", stderr: "" });
        expect(ran("zsh", ["-n", zsh])).toEqual({ status: 0, stdout: "", stderr: "" });
        expect(ran("fish", ["--no-execute", fish])).toEqual({ status: 0, stdout: "", stderr: "" });
      }
    });

    it("has units that systemd takes", () => {
      const folder = "usr/lib/systemd/system";
      const units = readdirSync(join(sources, "systemd")).filter((name) => name.endsWith(".service"));
      expect(units.length).toBeGreaterThan(0);
      for (const unit of units) {
        expect(existsSync(join(root, folder, unit))).toBe(true);
        const instance = unit.replace("@.", "@srv-export.");
        const { status, stderr } = ran("systemd-analyze", ["verify", "--man=no", `--root=${root}`, instance]);
        expect({ unit, status, stderr }).toEqual({ unit, status: 0, stderr: "" });
      }
    });

    it("leaves nothing behind when it is removed", () => {
      mount("-o", "remount,bind,rw", join(root, "usr"));
      expect(inside("dpkg", "--purge", "ovl-index")).toMatchObject({ status: 0 });
      expect(existsSync(join(root, HOME))).toBe(false);
      expect(inside("find", "/usr", "/etc", "/var/lib/systemd", "-name", "*ovl-index*").stdout).toBe("");
    });
  }),
);
