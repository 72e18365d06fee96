import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { files } from "../../src/lib/host/files.js";
import { specFromMountPoint } from "../../src/lib/mount/lookup.js";
import { escapePath, formatLowerdir } from "../../src/lib/mount/lowerdir.js";
import { Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";
import { must, sys } from "../support/sys.js";

/** What was mounted is read back from mountinfo, whatever bytes are in the paths. */
needsRoot("paths in mountinfo", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = Stage.create("ext4");
    stage.mountDisks();
  });
  afterEach(() => {
    sys.umount(stage.mnt, 0);
    stage.dispose();
  });

  function directory(name: string): Buffer {
    const path = Buffer.concat([stage.path(0, "."), Buffer.from(`/${name}`, "latin1")]);
    mkdirSync(path);
    return path;
  }
  function mountAndRead(parts: (Buffer | string)[], cwd = files.cwd()) {
    const data = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
    must(sys.mount(Buffer.from("overlay"), stage.mnt, Buffer.from("overlay"), 0, data), "mount");
    const result = specFromMountPoint(stage.mnt, { root: null, cwd, files });
    if (!result.ok) throw new Error(result.error.reason);
    return result.spec;
  }

  it.each([
    ["plain", "a", "b"],
    ["colons and commas", "a:b,c", ":,"],
    ["backslashes", "a\\b", "\\\\"],
    ["blanks and newlines", "a b\tc\nd", " x"],
    ["octal look-alikes", "\\040", "\\134054"],
    ["equals, hashes and quotes", "a=b#c", "\"x'"],
    ["not UTF-8", "\xff\xfe", "\x80"],
  ])("%s", (_name, first, second) => {
    const [lower, data] = [directory(`l${first}`), directory(`d${second}`)];
    const [upper, work] = [directory(`u${first}`), directory(`w${second}`)];
    const list = formatLowerdir({ lower: [lower, directory(`m${second}`)], data: [data] });
    const options = [
      "index=on,lowerdir=",
      list,
      ",upperdir=",
      escapePath(upper),
      ",workdir=",
      escapePath(work),
    ];
    const spec = mountAndRead(options);
    expect(spec.lower[0]).toEqual(lower);
    expect(spec.data).toEqual([data]);
    expect([spec.upper, spec.work]).toEqual([upper, work]);
    expect(spec.options).toMatchObject({ index: true });
    expect(spec.source).toBe("mountinfo");
  });

  it("lowerdir+ and datadir+ have no escapes", () => {
    const [lower, data, more] = [directory("l:a\\b c"), directory("d:\\"), directory("m=\xff")];
    const spec = mountAndRead(["lowerdir+=", lower, ",lowerdir+=", more, ",datadir+=", data]);
    expect(spec.lower).toEqual([lower, more]);
    expect(spec.data).toEqual([data]);
  });

  it("relative paths are found again from where they were given", () => {
    for (const name of ["l", "u", "w"]) directory(name);
    const here = process.cwd();
    process.chdir(stage.path(0, ".").toString());
    try {
      const spec = mountAndRead(["lowerdir=l,upperdir=u,workdir=w"]);
      expect(spec.source).toMatch(/^mountinfo \(relative paths, taken from /);
      expect(spec.upper?.toString()).toMatch(/\/d0\/u$/);
    } finally {
      process.chdir(here);
    }
  });

  it("short links of container storage, relative to it, are found from anywhere", () => {
    const storage = stage.path(0, "overlay2").toString();
    for (const name of ["l", "BASE/diff", "ID-init/diff", "ID/diff", "ID/work"]) {
      mkdirSync(join(storage, name), { recursive: true });
    }
    symlinkSync("../ID-init/diff", join(storage, "l/ABC"));
    symlinkSync("../BASE/diff", join(storage, "l/DEF"));
    const here = process.cwd();
    process.chdir(storage);
    const merged = stage.path(0, "overlay2/ID/merged");
    mkdirSync(merged);
    try {
      const data = Buffer.from("lowerdir=l/ABC:l/DEF,upperdir=ID/diff,workdir=ID/work");
      must(sys.mount(Buffer.from("overlay"), merged, Buffer.from("overlay"), 0, data), "mount");
    } finally {
      process.chdir(here);
    }
    try {
      const result = specFromMountPoint(merged, { root: null, cwd: Buffer.from("/"), files });
      if (!result.ok) throw new Error(result.error.reason);
      const { lower, upper, source } = result.spec;
      expect(lower.map(String)).toEqual([join(storage, "ID-init/diff"), join(storage, "BASE/diff")]);
      expect(upper?.toString()).toBe(join(storage, "ID/diff"));
      expect(source).toBe(`mountinfo (relative paths, taken from ${storage})`);
    } finally {
      sys.umount(merged, 0);
    }
  });
});
