/** Overlays that lived with trusted.overlay.* come to show the same with userxattr, and the other way round. */
import { expect, test } from "vitest";
import { check } from "../../../src/lib/check.js";
import type { Require } from "../../../src/lib/mount/spec.js";
import type { RunResult } from "../../../src/lib/repair/run-result.js";
import { heardAgain, KernelLog } from "../../support/kmsg.js";
import { needsRoot } from "../../support/root.js";
import type { Shown } from "../eras/objects.js";
import type { Mode } from "../random/scenario.js";
import { Lived, migrateAll } from "./lived.js";

const REQUIRE: Readonly<Record<Mode, Require>> = { nfs_export: "nfs-export", index: "index", plain: "plain" };
const FILE_OR_DIR = /^(100|4)/;

/** With userxattr and an index the kernel itself does not get far: such lives are without. */
const TRUSTED = [
  ["ext4", "nfs_export", 1],
  ["ext4", "nfs_export", 8],
  ["xfs", "nfs_export", 5],
  ["btrfs", "nfs_export", 6],
  ["ext4", "index", 4],
  ["ext4", "plain", 11],
] as const;
const USER = [
  ["ext4", 1],
  ["xfs", 4],
] as const;

needsRoot("xattr-namespace", () => {
  test.each(TRUSTED)("on %s, %s, seed %i: to user and back", async (fs, mode, seed) => {
    const lived = new Lived(fs, seed, [{ mode }, { mode }], { redirect: "nofollow" });
    try {
      const before = lived.dump();
      const shown = lived.shown(mode);
      const there = await turn(lived, mode, true);
      const now = await shownQuietly(lived, mode);
      const others = now.filter((one, i) => one.state !== shown[i]?.state);
      expect(now.map(({ path }) => path)).toEqual(shown.map(({ path }) => path));
      expect(others.filter(({ state }) => FILE_OR_DIR.test(state))).toEqual([]);
      expect(others.length).toBeLessThanOrEqual(toldNames(there));
      const converted = lived.dump();

      const back = await turn(lived, mode, false);
      expect(await shownQuietly(lived, mode)).toEqual(now);
      if (mode === "plain") expect(lived.dump().filter(holds)).toEqual(before.filter(holds));

      expect(await lived.takeBack(lived.spec(), back, true)).toBeNull();
      expect(lived.dump()).toEqual(converted);
      expect(await lived.takeBack(lived.spec(), there, true)).toBeNull();
      expect(lived.dump()).toEqual(before);
    } finally {
      lived.dispose();
    }
  });

  test.each(USER)("on %s, seed %i: to trusted and back, to the byte", async (fs, seed) => {
    const mode = "plain";
    const lived = new Lived(fs, seed, [{ mode }, { mode }], { userxattr: true, redirect: "nofollow" });
    try {
      const before = lived.dump();
      const shown = lived.shown(mode);
      await turn(lived, mode, false);
      expect(await shownQuietly(lived, mode)).toEqual(shown);
      await turn(lived, mode, true);
      expect(await shownQuietly(lived, mode)).toEqual(shown);
      expect(lived.dump()).toEqual(before);
    } finally {
      lived.dispose();
    }
  });
});

/** Mount it the other way from now on. */
async function turn(lived: Lived, mode: Mode, userxattr: boolean): Promise<RunResult> {
  const require = REQUIRE[mode];
  lived.what = { ...lived.what, userxattr };
  const { findings } = await check(lived.spec(), { require });
  expect(findings.some(({ code }) => code === "xattr-other-namespace")).toBe(true);
  const done = await migrateAll(lived.spec(), { require, lower: true });
  expect(done.trouble).toBeNull();
  expect(done.migrations[0]?.name).toBe("xattr-namespace");
  expect(done.after?.ready).toBe(true);
  expect((await migrateAll(lived.spec(), { require, lower: true })).changed).toBe(false);
  return done;
}

/** What every name shows, and the kernel has nothing to say about it. */
async function shownQuietly(lived: Lived, mode: Mode): Promise<Shown[]> {
  const log = new KernelLog();
  try {
    const shown = lived.shown(mode);
    const again = async (): Promise<string[]> => {
      lived.shown(mode);
      return log.take();
    };
    expect(await heardAgain(log.take(), () => true, again, 2)).toEqual([]);
    return shown;
  } finally {
    log.close();
  }
}

/** Names of lower hard links that a plan says to show the lower object again. */
const toldNames = ({ plan }: RunResult): number =>
  plan.reduce(
    (sum, { action }) => sum + Number(/^what (\d+) lower name/.exec(action.loses ?? "")?.[1] ?? 0),
    0,
  );

/** A line about something that xattrs in user.* can be on. */
const holds = (line: string): boolean => / mode=(100|4)/.test(line);
