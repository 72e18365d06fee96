import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Files, files as hostFiles } from "../../../src/lib/host/files.js";
import { KCONFIG_DEFAULTS, moduleDefaults } from "../../../src/lib/mount/defaults.js";
import { findInFstab } from "../../../src/lib/mount/fstab.js";
import { specFromMountPoint } from "../../../src/lib/mount/lookup.js";
import {
  isReadonlyMount,
  mountAt,
  overlayOptions,
  parseMountinfo,
} from "../../../src/lib/mount/mountinfo.js";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const INFO = bytes(
  [
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
    "40 22 0:40 / /mnt/o rw,relatime shared:3 master:1 - overlay first rw,lowerdir=/x,upperdir=/u,workdir=/w",
    String.raw`41 22 0:41 /s\040b /mnt/sp\040ace ro,nosuid - overlay ov\134l rw,lowerdir=/a\134:b:/c\134\054d::/e\040f,upperdir=/u\134\134v,workdir=/w,index=on,nfs_export=on,redirect_dir=on,uuid=on,future=1`,
    "42 22 0:42 / /mnt/o rw - overlay second rw,lowerdir+=/p:q,datadir+=/r,userxattr",
    "43 22 0:43 / /mnt/t rw - tmpfs tmpfs ro",
    "44 22 0:44 / /mnt/rel rw - overlay rel rw,lowerdir=low,upperdir=up,workdir=work",
    "not a line",
    "",
  ].join("\n"),
);
const entries = parseMountinfo(INFO);
const at = (path: string) => mountAt(entries, bytes(path));

describe("mountinfo", () => {
  it("unescapes octal first and backslashes after", () => {
    const entry = at("/mnt/sp ace");
    if (entry === undefined) throw new Error("not found");
    expect(entry).toMatchObject({ id: 41, parent: 22, major: 0, minor: 41, fsType: "overlay" });
    expect(entry.root.toString()).toBe("/s b");
    expect(entry.source.toString()).toBe("ov\\l");
    const parsed = overlayOptions(entry);
    if ("reason" in parsed) throw new Error(parsed.reason);
    expect(parsed.lower.map(String)).toEqual(["/a:b", "/c,d"]);
    expect(parsed.data.map(String)).toEqual(["/e f"]);
    expect(parsed.upper?.toString()).toBe("/u\\v");
    expect(parsed.options).toEqual({
      index: true,
      nfsExport: true,
      redirectDir: "on",
      uuid: "on",
      readonly: false,
    });
    expect(parsed.ignored).toEqual(["future"]);
  });

  it("finds the mount on top, and takes lowerdir+ as it stands", () => {
    const entry = at("/mnt/o");
    if (entry === undefined) throw new Error("not found");
    const parsed = overlayOptions(entry);
    if ("reason" in parsed) throw new Error(parsed.reason);
    expect(parsed.lower.map(String)).toEqual(["/p:q"]);
    expect(parsed.data.map(String)).toEqual(["/r"]);
    expect(parsed.options.userxattr).toBe(true);
  });

  it("tells read-only by mount and by superblock", () => {
    expect(entries.map(isReadonlyMount)).toEqual([false, false, true, false, true, false]);
  });

  it("reads this system's, and never throws on any bytes", () => {
    const own = hostFiles.read(bytes("/proc/self/mountinfo"));
    if (typeof own === "number") throw new Error("unreadable");
    expect(parseMountinfo(own)).toHaveLength(own.toString("latin1").trim().split("\n").length);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (any) => void parseMountinfo(Buffer.from(any))));
  });
});

describe("fstab", () => {
  const fstab = bytes(
    [
      "# comment",
      "#overlay /mnt/a overlay lowerdir=/no 0 0",
      "/dev/sda1 /mnt/a ext4 defaults 0 1",
      String.raw`  overlay	/mnt/a\040b/ overlay  noauto,lowerdir=/l\040x:/m\134:n,index=on 0 0`,
      "overlay /mnt/two overlay lowerdir=/first 0 0",
      "overlay /mnt/two overlay lowerdir=/second",
      "overlay /mnt/bad overlay lowerdir=/a,indx=on",
    ].join("\n"),
  );
  it("finds overlays only, the first one", () => {
    expect(findInFstab(fstab, bytes("/mnt/a"))).toBeUndefined();
    expect(findInFstab(fstab, bytes("/mnt/a b"))?.options.toString()).toBe(
      "noauto,lowerdir=/l x:/m\\:n,index=on",
    );
    expect(findInFstab(fstab, bytes("/mnt/two/"))?.options.toString()).toBe("lowerdir=/first");
  });

  const fake = (over: Partial<Files> = {}): Files => ({
    ...hostFiles,
    read: (path) => (path.toString().endsWith("fstab") ? fstab : INFO),
    locate: (path) => ({ path, mountId: 0 }),
    stat: () => -2,
    readlink: () => -22,
    ...over,
  });
  const look = (path: string, files = fake(), root: Buffer | null = null) =>
    specFromMountPoint(bytes(path), { root, cwd: bytes("/home"), files });

  it("is asked where nothing is mounted", () => {
    const result = look("/mnt/a b");
    if (!result.ok) throw new Error(result.error.reason);
    expect(result.spec.source).toBe("fstab");
    expect(result.spec.lower.map(String)).toEqual(["/l x", "/m:n"]);
    expect(look("/mnt/bad")).toMatchObject({ ok: false, error: { option: "indx", nearest: "index" } });
    expect(look("/mnt/none")).toMatchObject({ ok: false });
    expect(look("/mnt/t")).toMatchObject({ ok: false, error: { reason: expect.stringContaining("tmpfs") } });
    expect(look("/mnt/two", fake({ read: () => -2 }))).toMatchObject({ ok: false });
  });

  it("of an image is asked alone, and resolved inside", () => {
    const result = look("/mnt/two", fake(), bytes("/img"));
    expect(result.ok && result.spec.lower.map(String)).toEqual(["/img/first"]);
    expect(look("/mnt/o", fake(), bytes("/img"))).toMatchObject({ ok: false });
  });

  it.each([
    ["/home", "/home/low", "mountinfo (relative paths, taken from /home)"],
    ["/", "/low", "mountinfo (relative paths, taken from /)"],
    ["/mnt", "/mnt/low", "mountinfo (relative paths, taken from /mnt)"],
  ])("relative paths are tried from %s", (base, lower, source) => {
    const there = new Set(["low", "up", "work"].map((name) => `${base === "/" ? "" : base}/${name}`));
    const stat = (path: Buffer) =>
      there.has(path.toString()) ? { dev: 1, ino: 1, mode: 0o40755, uid: 0 } : -2;
    const result = look("/mnt/rel", fake({ stat }));
    if (!result.ok) throw new Error(result.error.reason);
    expect(result.spec.lower.map(String)).toEqual([lower]);
    expect(result.spec.source).toBe(source);
  });

  it("relative paths that are nowhere are said to be so", () => {
    const result = look("/mnt/rel");
    expect(result.ok && result.spec.source).toContain("not found");
  });
});

describe("module defaults", () => {
  it("come from the module's parameters", () => {
    const values: Record<string, string> = {
      index: "Y\n",
      redirect_dir: "N\n",
      redirect_always_follow: "N\n",
      xino_auto: "Y\n",
    };
    const read = (path: Buffer) => {
      const value = values[path.toString().split("/").pop() ?? ""];
      return value === undefined ? -2 : bytes(value);
    };
    expect(moduleDefaults({ read })).toEqual({
      index: true,
      nfsExport: false,
      metacopy: false,
      redirectDir: "nofollow",
      redirectAlwaysFollow: false,
      xino: "auto",
      known: true,
      unreadable: null,
    });
    values["redirect_dir"] = "Y\n";
    expect(moduleDefaults({ read }).redirectDir).toBe("on");
    expect(moduleDefaults({ read: () => -2 })).toEqual(KCONFIG_DEFAULTS);
    expect(moduleDefaults({ read: () => -5 }).unreadable?.errno).toBe(-5);
  });
});
