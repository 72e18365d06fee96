/**
 * Findings that no overlay on a disk can show: they are about who checks, when, and what was typed. Each is staged
 * here in its own way; fixtures.test.ts names this file for them.
 */
import { execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { check } from "../../src/lib/index.js";
import { Overlay } from "../fixtures/support/overlay.js";
import { ovlIndex, ovlIndexOfNobody } from "../support/cli.js";
import { needsRoot } from "../support/root.js";
import { errnoName, sys } from "../support/sys.js";

let o: Overlay;
beforeEach(() => {
  o = new Overlay();
});
afterEach(() => o.dispose());

needsRoot("findings about the check itself", () => {
  it("no-privilege: an ordinary user sees no trusted xattrs, and is never told clean", () => {
    o.live();
    chmodSync(o.stage.root, 0o755);
    const { status, stdout } = ovlIndexOfNobody(["check", "--json", "-o", o.data()]);
    expect((status ?? 0) & 8).toBe(8);
    const { ready, complete, findings } = JSON.parse(stdout) as {
      ready: boolean;
      complete: boolean;
      findings: { code: string }[];
    };
    expect({ ready, complete }).toEqual({ ready: false, complete: false });
    expect(findings.map(({ code }) => code)).toContain("no-privilege");
  });

  it("layer-changed: a directory that vanishes while it is read", async () => {
    o.live(() => {
      for (let i = 0; i < 40; i++) o.file(`mnt/dir${i}/in/file`);
    });
    let gone = false;
    const result = await check(o.spec(), {
      require: "nfs-export",
      onProgress: () => {
        if (gone) return;
        gone = true;
        for (let i = 0; i < 40; i++) o.remove(`upper/dir${i}`);
      },
    });
    expect(gone).toBe(true);
    expect(result.findings.map(({ code }) => code)).toContain("layer-changed");
    expect({ ready: result.ready, complete: result.complete }).toEqual({ ready: false, complete: false });
  });

  it("layer-unreadable: a file system that has vanished below its mount point", async () => {
    o.dispose();
    o = new Overlay({ fs: "xfs", disks: 2 });
    o.live();
    execFileSync("xfs_io", ["-x", "-c", "shutdown", o.path("disk1").toString()]);
    const result = await check(o.spec(), { require: "nfs-export" });
    expect(result.findings.map(({ code }) => code)).toContain("layer-unreadable");
    expect({ ready: result.ready, complete: result.complete }).toEqual({ ready: false, complete: false });
  });

  it("mount-option-invalid: what mount(2) does not know is an error of usage", () => {
    const data = `${o.data()},nfs_exports=on`;
    const { status, stderr } = ovlIndex(["check", "-o", data]);
    expect(status).toBe(16);
    expect(stderr).toContain("nfs_exports");
    const overlay = Buffer.from("overlay");
    expect(errnoName(sys.mount(overlay, o.stage.mnt, overlay, 0, Buffer.from(data)))).toBe("EINVAL");
  });
});
