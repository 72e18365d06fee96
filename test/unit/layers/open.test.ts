import { describe, expect, it } from "vitest";
import type { Files } from "../../../src/lib/host/files.js";
import type { Native, RawObject } from "../../../src/lib/host/native.js";
import { findUse, scanUses } from "../../../src/lib/layers/inuse.js";
import { closeStack, openStack, withUuids } from "../../../src/lib/layers/open.js";
import type { MountSpec } from "../../../src/lib/mount/spec.js";

const path = (text: string): Buffer => Buffer.from(text);
const MOUNTINFO = `1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 8:2 /sub /mnt ro - xfs /dev/b rw\n`;

interface World {
  /** Inode numbers by path. */
  readonly directories: Record<string, number>;
  readonly others?: Record<string, number>;
  readonly openErrors?: Record<string, number>;
  readonly proc?: Record<string, string>;
  readonly links?: Record<string, string>;
  readonly types?: number[];
  readonly xattrError?: number;
  readonly capabilities?: bigint;
  readonly uidMap?: string;
  readonly incompat?: string[] | number;
}

function world(given: World): { native: Native; files: Files; open: Set<number> } {
  const open = new Set<number>();
  const files: Files = {
    read: (at) => {
      const text = at.toString();
      if (text === "/proc/self/uid_map") return path(given.uidMap ?? "         0          0 4294967295\n");
      const own = given.proc?.[text] ?? (text === "/proc/self/mountinfo" ? MOUNTINFO : undefined);
      return own === undefined ? -2 : path(own);
    },
    probeXattr: () => given.xattrError ?? 0,
    list: () => Object.keys(given.links ?? {}).map((link) => path(link.split("/")[2] ?? "")),
    readlink: (at) => {
      const target = given.links?.[at.toString()];
      return target === undefined ? -2 : path(target);
    },
    stat: (at) => {
      const ino = given.directories[at.toString()];
      if (ino !== undefined) return { dev: 1, ino, mode: 0o040755, uid: 0 };
      const mode = given.others?.[at.toString()];
      return mode === undefined ? -2 : mode < 0 ? mode : { dev: 1, ino: 99, mode, uid: 0 };
    },
    lstat: () => -2,
    locate: (at) => ({ path: at, mountId: at.toString().startsWith("/mnt") ? 2 : 1 }),
    cwd: () => path("/"),
    kernelRelease: () => "6.18.0",
    readAt: () => -2,
  };
  const object = (ino: number): RawObject => ({
    dev: 1,
    ino,
    mode: 0o040755,
    nlink: 2,
    size: 0,
    rdev: 0,
    ctimeNs: 0n,
    xattrs: new Map(),
    xattrError: 0,
    handle: { type: 1, bytes: Buffer.alloc(8) },
  });
  const names = Array.isArray(given.incompat) ? given.incompat : [];
  const native: Native = {
    openLayer: (at) => {
      const error = given.openErrors?.[at.toString()];
      if (error !== undefined) return error;
      const fd = given.directories[at.toString()] ?? -1;
      open.add(fd);
      return { fd, cloned: true, readonly: false };
    },
    close: (fd) => void open.delete(fd),
    examine: (fd) => object(fd),
    attributes: () => -2,
    openHandle: () => -116,
    glance: (fd) => ({ ...object(fd), value: null }),
    content: () => -21,
    verity: () => -21,
    sameData: () => -21,
    isPart: () => -21,
    openDirectory: () => -20,
    loadTable: () => -20,
    placeTable: () => undefined,
    examineHandle: (fd) => ({ ...object(fd), path: Buffer.alloc(0), pathError: 0 }),
    list: (_fd, at) => {
      if (at.length > 0) {
        if (typeof given.incompat === "number") return given.incompat;
        const ends = Uint32Array.from(names.map((_, i) => names.slice(0, i + 1).join("").length));
        return {
          names: path(names.join("")),
          ends,
          types: new Uint8Array(),
          inos: new Float64Array(),
          resume: 0,
          untyped: 0,
        };
      }
      const types = Uint8Array.from(given.types ?? [4]);
      return {
        names: Buffer.alloc(0),
        ends: new Uint32Array(types.length),
        types,
        inos: new Float64Array(),
        resume: 0,
        untyped: types.filter((type) => type === 0).length,
      };
    },
    scan: () => Promise.resolve(Buffer.alloc(0)),
    fsUuid: () => null,
    statfs: () => ({ type: 0xef53, namelen: 255, readonly: true, flags: 0 }),
    capabilities: () => given.capabilities ?? (1n << 2n) | (1n << 21n),
  };
  return { native, files, open };
}

const spec = (over: Partial<MountSpec> = {}): MountSpec => ({
  source: "-o",
  lower: [path("/l1"), path("/mnt/l2")],
  data: [path("/d")],
  upper: path("/u"),
  work: path("/w"),
  options: {},
  ...over,
});
const ALL = { "/l1": 11, "/mnt/l2": 12, "/d": 13, "/u": 10, "/w": 14 };

describe("openStack", () => {
  it("opens every layer with its place and filesystem", () => {
    const { native, files, open } = world({ directories: ALL });
    const { stack, facts, refusals, problems } = openStack(native, files, spec());
    if (stack === null || facts === null) throw new Error("not opened");
    expect([refusals, problems]).toEqual([[], []]);
    expect(stack.upper).toMatchObject({ index: 0, role: "upper", fsid: 0, ino: 10 });
    expect(stack.lower.map(({ index, fsid, ino }) => [index, fsid, ino])).toEqual([
      [1, 0, 11],
      [2, 1, 12],
    ]);
    expect(stack.data).toMatchObject([{ index: 3, role: "data" }]);
    expect(stack.lower[1]?.fs).toMatchObject({ name: "xfs", readonly: true, handles: true });
    expect(stack.upper?.fs.uuid).toEqual(Buffer.alloc(16));
    expect(stack.work).toMatchObject({ ino: 14 });
    expect(stack.prefix).toBe("trusted.overlay.");
    expect(facts.lower[1]?.location).toEqual({ device: "8:2", path: path("/sub/l2") });
    expect(facts.work?.sameMount).toBe(true);
    expect(
      withUuids(stack, [
        { fsid: 0, badUuid: false },
        { fsid: 1, badUuid: true },
      ]).lower[1]?.badUuid,
    ).toBe(true);
    closeStack(native, stack);
    expect(open.size).toBe(0);
  });

  it("tells refusals in the order in which options name the paths, and keeps nothing open", () => {
    const { native, files, open } = world({
      directories: { "/l1": 11 },
      others: { "/u": 0o100644, "/w": -20 },
    });
    const result = openStack(native, files, spec({ order: ["upper", "lower", "work"] }));
    expect(result.stack).toBeNull();
    expect(result.refusals.map(({ errno, cause }) => [errno, cause])).toEqual([
      ["EINVAL", "layer-not-directory"],
      ["ENOENT", "layer-missing"],
      ["ENOENT", "layer-missing"],
      ["ENOTDIR", "layer-missing"],
    ]);
    expect(result.refusals[0]?.evidence).toEqual({ path: "/u", type: "file" });
    expect(open.size).toBe(0);
  });

  it("does not take what it may not read for missing", () => {
    const { native, files } = world({ directories: ALL, openErrors: { "/mnt/l2": -13 } });
    const result = openStack(native, files, spec());
    expect(result.refusals).toEqual([]);
    expect(result.problems).toEqual([
      { cause: "layer-unreadable", evidence: { path: "/mnt/l2", errno: "EACCES" } },
    ]);
  });

  it("does not judge layers by a UUID that it could not find out", () => {
    const { native, files, open } = world({ directories: ALL });
    const unwilling = { ...native, fsUuid: (fd: number) => (fd === 12 ? -5 : null) };
    const result = openStack(unwilling, files, spec());
    expect([result.stack, result.refusals]).toEqual([null, []]);
    expect(result.problems).toEqual([
      {
        cause: "layer-unreadable",
        evidence: { path: "/mnt/l2", errno: "EIO from the question for the filesystem's UUID" },
      },
    ]);
    expect(open.size).toBe(0);
    const forgiving = openStack({ ...native, fsUuid: (fd) => (fd === 13 ? -5 : null) }, files, spec());
    expect(forgiving.problems).toEqual([]);
  });

  it.each([
    ["no capability", { capabilities: 0n }, "trusted", ["CAP_SYS_ADMIN", "CAP_DAC_READ_SEARCH"]],
    ["a user namespace", { uidMap: "0 1000 1" }, "trusted", ["CAP_SYS_ADMIN", "CAP_DAC_READ_SEARCH"]],
    ["userxattr", { capabilities: 0n }, "user", ["CAP_DAC_READ_SEARCH"]],
    ["all", {}, "trusted", []],
  ])("privileges: %s", (_name, given, prefix, needs) => {
    const { native, files } = world({ directories: ALL, ...given });
    const { problems } = openStack(native, files, spec({ options: { userxattr: prefix === "user" } }));
    expect(problems.map(({ evidence }) => "needs" in evidence && evidence.needs)).toEqual(needs);
  });

  it("a lower-only mount resolves workdir and ignores it", () => {
    const { native, files, open } = world({ directories: ALL });
    const { stack, facts } = openStack(native, files, spec({ upper: null }));
    expect([stack?.work, facts?.work, stack?.upper]).toEqual([null, null, null]);
    expect(stack?.lower.map(({ fsid }) => fsid)).toEqual([1, 2]);
    expect(open.has(14)).toBe(false);
  });

  it("sees what the filesystem lacks", () => {
    const { native, files } = world({ directories: ALL, types: [0, 0], xattrError: -95 });
    const { facts, problems } = openStack(native, files, spec());
    expect(problems.map(({ cause }) => cause)).toEqual(["fs-no-dtype"]);
    expect(facts?.upper?.xattrError).toBe("EOPNOTSUPP");
  });

  it("reads what forbids the mount, and says so where it cannot", () => {
    const { native, files } = world({ directories: ALL, incompat: ["volatile", "new"] });
    expect(openStack(native, files, spec()).facts?.work?.incompat).toEqual(["volatile", "new"]);
    const hidden = world({ directories: ALL, incompat: -5 });
    expect(openStack(hidden.native, hidden.files, spec()).problems).toEqual([
      { cause: "layer-unreadable", evidence: { path: "/w/work/incompat", errno: "EIO" } },
      { cause: "layer-unreadable", evidence: { path: "/w/work/work", errno: "EIO" } },
      { cause: "layer-unreadable", evidence: { path: "/w/ovl-index", errno: "EIO" } },
    ]);
    const none = world({ directories: ALL, incompat: -2 });
    expect(openStack(none.native, none.files, spec()).problems).toEqual([]);
  });
});

describe("uses by other overlays", () => {
  const overlay = (id: number, minor: number, options: string): string =>
    `${id} 1 0:${minor} / /merged${id} rw - overlay o rw,lowerdir=/l,${options}\n`;
  const links = { "/proc/self/ns/mnt": "mnt:[1]", "/proc/5/ns/mnt": "mnt:[1]", "/proc/9/ns/mnt": "mnt:[2]" };
  const proc = {
    "/proc/self/mountinfo": MOUNTINFO + overlay(3, 50, "upperdir=/u,workdir=/w"),
    "/proc/9/mountinfo":
      MOUNTINFO + overlay(7, 50, "upperdir=/u,workdir=/w") + overlay(8, 51, "upperdir=/x,workdir=/gone"),
  };
  const directories = {
    "/u": 10,
    "/w": 14,
    "/proc/9/root/x": 20,
    "/x": 21,
    "/u/deep": 30,
    "/proc/9/root/u": 10,
  };

  it("finds them in every mount namespace, each overlay once", () => {
    const { files } = world({ directories, proc, links });
    const { directories: found, complete } = scanUses(files);
    expect(complete).toBe(true);
    expect(
      found.map(({ use, object }) => [use.mountpoint, use.role, use.pid, object, use.byPathOnly]),
    ).toEqual([
      ["/merged3", "upper", null, "1:10", false],
      ["/merged3", "work", null, "1:14", false],
      // Both directories of that name count: which one was meant is not recorded.
      ["/merged8", "upper", 9, "1:21", true],
      ["/merged8", "upper", 9, "1:20", true],
      ["/merged8", "work", 9, null, true],
    ]);
  });

  it("compares by identity, by place above, and by path where nothing else is left", () => {
    const { files } = world({ directories, proc, links });
    const table = scanUses(files);
    const at = (text: string, object: string) =>
      findUse(table, {
        object,
        location: { device: "8:1", path: path(text) },
        path: path(text),
        real: path(text),
      });
    expect(at("/other", "1:10").use?.role).toBe("upper");
    expect(at("/u/deep", "1:30")).toMatchObject({
      use: null,
      useAbove: { role: "upper", mountpoint: "/merged3" },
    });
    expect(at("/gone", "1:77").use).toMatchObject({ role: "work", byPathOnly: true });
    expect(at("/free", "1:78")).toEqual({ use: null, useAbove: null });
  });

  it("takes a relative path for whatever ends like it", () => {
    const relative = (options: string) =>
      scanUses(
        world({
          directories: { "/merged3/o/u": 40, "/s/u": 41 },
          proc: { "/proc/self/mountinfo": MOUNTINFO + overlay(3, 50, options) },
          links,
        }).files,
      );
    const use = (table: ReturnType<typeof scanUses>, text: string, object: string) =>
      findUse(table, { object, location: null, path: path(text), real: path(text) }).use?.byPathOnly;
    const near = relative("upperdir=o/u,workdir=o/u");
    expect(near.unknown).toEqual([]);
    expect([use(near, "/any/name", "1:40"), use(near, "/s/u", "1:41"), use(near, "/p/o/u", "1:9")]).toEqual([
      true,
      undefined,
      true,
    ]);
    expect(use(near, "/p/o/uu", "1:9")).toBeUndefined();
    // Which directory is meant cannot be told.
    expect(relative("upperdir=nowhere,workdir=o/u").unknown).toEqual(["/merged3"]);
    expect(relative("upperdir=.,workdir=o/u").unknown).toEqual(["/merged3"]);
    expect(relative("upperdir=/u,workdir=/w,redirect_dir=what").unknown).toEqual(["/merged3"]);
  });

  it("knows when it has not seen everything", () => {
    const { files } = world({ directories, proc, links: { ...links, "/proc/6/ns/mnt": "mnt:[3]" } });
    expect(scanUses(files).complete).toBe(true);
    expect(scanUses({ ...files, readlink: () => -13 }).complete).toBe(false);
    expect(scanUses({ ...files, list: () => -13 }).complete).toBe(false);
    const denied: Files = {
      ...files,
      read: (at) => (at.toString().startsWith("/proc/6/") ? -13 : files.read(at)),
    };
    expect(scanUses(denied).complete).toBe(false);
  });

  it("has missed nothing where a process goes while it is looked at", () => {
    const { files } = world({ directories, proc, links: { ...links, "/proc/6/ns/mnt": "mnt:[3]" } });
    let asked = 0;
    const going: Files = {
      ...files,
      readlink: (at) => {
        if (at.toString() !== "/proc/6/ns/mnt") return files.readlink(at);
        return asked++ === 0 ? -13 : -2;
      },
    };
    expect(scanUses(going).complete).toBe(true);
    expect(asked).toBe(2);
  });
});
