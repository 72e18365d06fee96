/** Ready is said only of what was read: whichever call fails, the result is no longer that all is well. */
import { linkSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { check } from "../../src/lib/check.js";
import { native } from "../../src/lib/host/addon.js";
import { files } from "../../src/lib/host/files.js";
import type { MountSpec, Require } from "../../src/lib/mount/spec.js";
import { faultyHost } from "../support/faults.js";
import { Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";

/** Calls without which the result is the same for certain, and why. */
const UNIMPORTANT: readonly (readonly [RegExp, string])[] = [
  [
    /^native\.examine (l1|l2|up|wk) {2}\S+ #1 (xattrs|values)$/,
    "opening a layer asks for its identity; they are read again",
  ],
  [/^native\.examine wk {2}\S+ #1 handle$/, "nobody needs a handle of the work directory"],
  [
    /^native\.examineHandle (l1|l2|up|wk) .* #1 (xattrs|values|handle)$/,
    "opening a layer asks whether handles can be opened",
  ],
  [/^native\.examineHandle wk /, "nobody opens handles of the work directory"],
  [/^native\.fsUuid wk #/, "the work directory is on upper's filesystem"],
  [/^files\.readlink \/proc\/1\/ns\/mnt #[12]$/, "the kernel's own threads have the same namespace"],
];
/** Without an index no handle is opened. */
const UNIMPORTANT_PLAIN = /^native\.(examineHandle|examine \S+ {2}\S+ #1 handle)/;

const isUnimportant = (call: string, require: Require): boolean =>
  UNIMPORTANT.some(([calls]) => calls.test(call)) || (require === "plain" && UNIMPORTANT_PLAIN.test(call));

needsRoot("a check of which one call fails", () => {
  let stage: Stage;
  let dir: (name: string) => string;
  beforeEach(() => {
    stage = Stage.create("ext4");
    stage.mountDisks();
    dir = (name) => stage.path(0, name).toString();
  });
  afterEach(() => stage.dispose());

  function spec(require: Require): MountSpec {
    const options =
      require === "nfs-export" ? { index: true, nfsExport: true, redirectDir: "on" as const } : {};
    return {
      source: "-o",
      lower: [Buffer.from(dir("l1")), Buffer.from(dir("l2"))],
      data: [],
      upper: Buffer.from(dir("up")),
      work: Buffer.from(dir("wk")),
      options,
    };
  }

  /** An overlay with something of everything that mounting makes, and nothing wrong. */
  function build(require: Require): MountSpec {
    for (const name of ["l1/d/e", "l1/moved/in", "l2/d/f", "l2/gone/x", "up", "wk"]) {
      mkdirSync(dir(name), { recursive: true });
    }
    for (const name of [
      "l1/a",
      "l1/d/b",
      "l1/d/e/c",
      "l2/d/f/g",
      "l2/gone/x/y",
      "l1/moved/in/z",
      "l2/only",
    ]) {
      writeFileSync(dir(name), name);
    }
    linkSync(dir("l1/a"), dir("l1/a2"));
    const built = spec(require);
    const exported = [
      ["index", "on"],
      ["nfs_export", "on"],
      ["redirect_dir", "on"],
    ] as const;
    const result = stage.overlay({
      lower: built.lower,
      upper: built.upper as Buffer,
      work: built.work as Buffer,
      options: require === "nfs-export" ? exported : [["index", "off"]],
    });
    expect(result).toBe(0);
    const top = (name: string): string => join(stage.mnt.toString(), name);
    writeFileSync(top("a"), "new");
    writeFileSync(top("d/e/c"), "new");
    writeFileSync(top("d/f/new"), "new");
    rmSync(top("gone"), { recursive: true });
    mkdirSync(top("gone"));
    if (require === "nfs-export") renameSync(top("moved"), top("d/renamed"));
    rmSync(top("only"));
    stage.umountOverlay();
    return built;
  }

  const descriptors = (): string[] =>
    readdirSync("/proc/self/fd")
      .map((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`);
        } catch {
          return "";
        }
      })
      .filter((target) => target.startsWith("/"))
      .sort();

  it.each(["nfs-export", "plain"] as const)("is never ready, with --require %s", async (require) => {
    const built = build(require);
    const whole = faultyHost(native, files, null);
    const before = await check(built, { require, host: whole });
    expect(before.findings).toEqual([]);
    expect(before).toMatchObject({ ready: true, complete: true, provisional: false });
    const open = descriptors();

    const wrong: string[] = [];
    for (const call of sample(whole.calls)) {
      const host = faultyHost(native, files, call);

      try {
        const { ready, complete } = await check(built, { require, host });
        if (!host.failed() || isUnimportant(call, require)) continue;
        if (ready && complete) wrong.push(call);
      } catch (error) {
        if (!(error instanceof Error && error.message === "scan: EIO")) wrong.push(`${call} threw ${error}`);
      }
      const now = descriptors();
      if (now.join() !== open.join()) wrong.push(`${call} keeps ${now.length - open.length} open`);
    }
    expect(wrong).toEqual([]);
  });

  /** Of the processes of this machine a few will do. */
  function sample(calls: readonly string[]): string[] {
    const distinct = [...new Set(calls)];
    const process = /\/proc\/[0-9]+\/(ns|mountinfo)/;
    return [
      ...distinct.filter((call) => !process.test(call)),
      ...distinct.filter((c) => process.test(c)).slice(0, 5),
    ];
  }
});
