/** An overlay that is mounted is never ready, however its mount was written down and wherever it is seen. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { check } from "../../src/lib/check.js";
import type { CheckResult } from "../../src/lib/report/result.js";
import { Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";

needsRoot("a mounted overlay", () => {
  let stage: Stage;
  let dir: string;
  let undo: (() => void)[];
  beforeEach(() => {
    undo = [];
    stage = Stage.create("ext4");
    stage.mountDisks();
    dir = stage.path(0, "o").toString();
    for (const name of ["", "l", "u", "w", "free/up", "free/wk"])
      mkdirSync(join(dir, name), { recursive: true });
    for (const name of ["o/mnt"]) mkdirSync(stage.path(0, name));
    symlinkSync("u", join(dir, "link"));
  });
  afterEach(() => {
    for (const step of undo.reverse()) step();
    stage.dispose();
  });

  /** The script that mounts, from inside the overlay's directory. */
  const script = (options: string, at = stage.mnt.toString()): string =>
    `cd ${dir} && mount -i -t overlay o ${at} -o ${options}`;

  function mountHere(options: string, at = stage.mnt.toString()): void {
    const { status, stderr } = spawnSync("sh", ["-ec", script(options, at)], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
    undo.push(() => void spawnSync("umount", ["-l", at]));
  }

  async function mountElsewhere(options: string, at?: string): Promise<void> {
    const child = spawn("unshare", [
      "-m",
      "--propagation",
      "private",
      "sh",
      "-ec",
      `${script(options, at)}; cd /; echo ready; read end`,
    ]);
    undo.push(() => child.kill());
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    expect(line.toString()).toBe("ready\n");
  }

  const checked = (upper = "u", work = "w"): Promise<CheckResult> =>
    check(
      {
        source: "-o",
        lower: [Buffer.from(join(dir, "l"))],
        data: [],
        upper: Buffer.from(join(dir, upper)),
        work: Buffer.from(join(dir, work)),
        options: {},
      },
      { require: "plain" },
    );
  const verdict = ({ ready, provisional, complete, findings }: CheckResult) => ({
    ready,
    provisional,
    complete,
    codes: [...new Set(findings.map(({ code }) => code))],
  });
  const IN_USE = { ready: false, provisional: true, complete: true, codes: ["layers-in-use"] };
  const FREE = { ready: true, provisional: false, complete: true, codes: [] };

  it("is provisional for those who require no index, too", async () => {
    expect(verdict(await checked())).toEqual(FREE);
    mountHere(`lowerdir=${dir}/l,upperdir=${dir}/u,workdir=${dir}/w`);
    expect(verdict(await checked())).toEqual(IN_USE);
    expect(verdict(await checked("free/up", "free/wk"))).toEqual(FREE);
  });

  it("is found by relative paths, from another working directory", async () => {
    mountHere("lowerdir=l,upperdir=u,workdir=w", join(dir, "mnt"));
    expect(verdict(await checked())).toEqual(IN_USE);
  });

  it("is found by relative paths in another mount namespace", async () => {
    await mountElsewhere("lowerdir=l,upperdir=u,workdir=w", join(dir, "mnt"));
    expect(verdict(await checked())).toEqual(IN_USE);
  });

  it("is found by relative paths that start beside the mount point", async () => {
    await mountElsewhere("lowerdir=l,upperdir=../o/./u,workdir=w");
    expect(verdict(await checked())).toMatchObject({ ready: false, provisional: true });
  });

  it("is found through a relative symlink", async () => {
    mountHere("lowerdir=l,upperdir=link,workdir=w", join(dir, "mnt"));
    expect(verdict(await checked())).toEqual(IN_USE);
  });

  it("leaves open what cannot be told", async () => {
    mountHere("lowerdir=l,upperdir=link,workdir=w");
    expect(verdict(await checked("free/up", "free/wk"))).toMatchObject({
      ready: false,
      complete: false,
      codes: ["no-privilege"],
    });
  });
});
