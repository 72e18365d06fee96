import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ovlIndex, ovlIndexOfNobody, program } from "../support/cli.js";
import { needsNfsServer } from "../support/nfs-server.js";
import { needsRoot } from "../support/root.js";

/** What depends on the kernel's defaults is left out. */
const steady = (text: string) =>
  text
    .replaceAll(/\/[^ ]*ovl-index-demo-\w+/g, "/scratch")
    .split("\n")
    .filter((line) => !/redirect_dir=|uuid=/.test(line))
    .join("\n");
const scratch = () => readdirSync(tmpdir()).filter((name) => name.startsWith("ovl-index-demo-"));

needsRoot("demo", () => {
  it("shows the failure, that check knew, what repair does, and leaves nothing behind", () => {
    const before = scratch();
    const { status, stdout, stderr } = ovlIndex(["demo"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(steady(stdout)).toMatchSnapshot();
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(scratch()).toEqual(before);
  });

  // To the whole process group, as a terminal sends it.
  it.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const)("cleans up after %s", async (signal) => {
    const before = scratch();
    const child = spawn(process.execPath, [program, "demo"], {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let said = "";
    child.stderr.on("data", (piece) => {
      said += piece;
    });
    // The first line comes from the inner process, before it has made anything.
    await new Promise((resolve) => child.stdout.once("data", resolve));
    process.kill(-(child.pid ?? 0), signal);
    child.stdout.resume();
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect([code, said]).toEqual([32, "ovl-index: cancelled\n"]);
    expect(scratch()).toEqual(before);
  });

  it.each([
    ["/proc", "/proc: ENOENT; set TMPDIR to another place"],
    [
      "/tmp/a,b",
      "/tmp/a,b has a comma, a colon, a quote or a backslash in its name; set TMPDIR to another place",
    ],
  ])("says that it cannot run in %s", (TMPDIR, why) => {
    expect(ovlIndex(["demo"], { env: { ...process.env, TMPDIR } })).toEqual({
      status: 8,
      stdout: "",
      stderr: `ovl-index: the demonstration cannot run here: ${why}\n`,
    });
  });

  it("says why it cannot run", () => {
    const { status, stderr } = ovlIndexOfNobody(["demo"]);
    expect(status).toBe(8);
    expect(stderr).toBe(
      "ovl-index: the demonstration cannot run here: it mounts and opens file handles, which needs root\n",
    );
  });

  it("says which NFS server is missing", () => {
    const programs = mkdtempSync(join(tmpdir(), "ovl-index-programs-"));
    try {
      for (const name of ["unshare", "mount", "umount", "truncate", "mkfs.ext4", "cp", "modprobe"]) {
        const [found] = spawnSync("which", [name], { encoding: "utf8" }).stdout.split("\n");
        if (found) symlinkSync(found, join(programs, name));
      }
      const { status, stdout, stderr } = ovlIndex(["demo", "--full"], {
        env: { ...process.env, PATH: programs },
      });
      expect({ status, stdout }).toEqual({ status: 8, stdout: "" });
      expect(stderr.replaceAll(/\s+/g, " ").trim()).toBe(
        "ovl-index: the demonstration cannot run here: an NFS server is missing: apt install nfs-ganesha nfs-ganesha-vfs iproute2",
      );
    } finally {
      rmSync(programs, { recursive: true });
    }
  });
});

needsNfsServer("demo --full", () => {
  it("tells the same with a real NFS server, and leaves nothing behind", () => {
    const before = scratch();
    const plain = ovlIndex(["demo"]);
    const full = ovlIndex(["demo", "--full"]);
    expect(full).toMatchObject({ status: 0, stderr: "" });
    expect(full.stdout).toContain("over NFSv4");
    expect(full.stdout).toContain("NFS4ERR_STALE");
    const [title = "", , ...story] = steady(full.stdout).replaceAll("NFS4ERR_", "E").split("\n\n");
    expect([title, ...story].join("\n\n")).toBe(steady(plain.stdout));
    expect(full.stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(scratch()).toEqual(before);
  });
});
