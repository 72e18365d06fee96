import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import * as xattr from "fs-xattr";
import { afterEach, describe, expect, it } from "vitest";
import { native } from "../../../src/lib/host/addon.js";
import { writer } from "../../../src/lib/host/system-writer.js";
import { needsRoot } from "../../support/root.js";
import { sys } from "../../support/sys.js";
import { faultyWriter, hookedWriter } from "../../support/writer-faults.js";
import { bytes, deep, errno, scratch } from "./tree.js";

const EEXIST = -17;
const EISDIR = -21;
const EFBIG = -27;
const ENAMETOOLONG = -36;
const ENOTEMPTY = -39;
const ENODATA = -61;
const NAME = "user.overlay.nlink";
const NONE = Buffer.alloc(0);
const LOOKS = { ino: 0, mode: 0o600, capability: null, atimeNs: 1n, mtimeNs: 1n };

/** Tag and id of the owner, user 1234, the group, the mask and all others. */
const ACL = [
  ["0100", "ffffffff"],
  ["0200", "d2040000"],
  ["0400", "ffffffff"],
  ["1000", "ffffffff"],
  ["2000", "ffffffff"],
];

const open: number[] = [];
afterEach(() => {
  for (const fd of open.splice(0)) closeSync(fd);
});

/** A directory to write in, as it is mounted. */
function root(path: string): number {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  open.push(fd);
  return fd;
}

describe("objects", () => {
  it("are linked, moved and removed, and nothing is replaced", () => {
    const top = scratch();
    writeFileSync(join(top, "f"), "content");
    mkdirSync(join(top, "d/e"), { recursive: true });
    const fd = root(top);
    expect(writer.link(fd, bytes("f"), fd, bytes("d/e/g"))).toBe(0);
    expect(lstatSync(join(top, "d/e/g")).ino).toBe(lstatSync(join(top, "f")).ino);
    expect(writer.link(fd, bytes("f"), fd, bytes("d/e/g"))).toBe(EEXIST);
    expect(writer.link(fd, bytes("d"), fd, bytes("x"))).toBe(errno.EPERM);
    expect(writer.rename(fd, bytes("f"), fd, bytes("d/e/g"))).toBe(EEXIST);
    expect(writer.rename(fd, bytes("d/e"), fd, bytes("moved"))).toBe(0);
    expect(readFileSync(join(top, "moved/g"), "latin1")).toBe("content");
    expect(writer.unlink(fd, bytes("moved"))).toBe(EISDIR);
    expect(writer.rmdir(fd, bytes("moved"))).toBe(ENOTEMPTY);
    expect(writer.rmdir(fd, bytes("f"))).toBe(errno.ENOTDIR);
    expect(writer.unlink(fd, bytes("moved/g"))).toBe(0);
    expect(writer.rmdir(fd, bytes("moved"))).toBe(0);
    expect(writer.unlink(fd, bytes("moved/g"))).toBe(errno.ENOENT);
    expect(readdirSync(top).sort()).toEqual(["d", "f"]);
  });

  it("may have any name that a filesystem takes", () => {
    const top = scratch();
    const fd = root(top);
    const names = [
      Buffer.from("ff\xfe\n\x01", "latin1"),
      Buffer.alloc(255, 0xe4),
      bytes("..."),
      bytes(".a"),
      bytes(" "),
    ];
    for (const name of names) expect(writer.append(fd, name, name)).toBe(0);
    const listed = readdirSync(top, { encoding: "buffer" });
    expect(listed.sort(Buffer.compare)).toEqual([...names].sort(Buffer.compare));
    for (const name of names) {
      expect(writer.read(fd, name)).toEqual(name);
      expect(writer.setXattr(fd, name, NAME, name)).toBe(0);
      expect(writer.unlink(fd, name)).toBe(0);
    }
    expect(writer.append(fd, Buffer.alloc(256, 0x61), NONE)).toBe(ENAMETOOLONG);
  });

  it("may be deeper than a path can be long", () => {
    const top = scratch();
    const below = deep(top, "n".repeat(200), 40);
    const fd = root(top);
    const path = bytes(`${below}/leaf`);
    const descriptors = readdirSync("/proc/self/fd").length;
    expect(writer.append(fd, path, bytes("deep"))).toBe(0);
    expect(writer.setXattr(fd, path, NAME, bytes("U+1"))).toBe(0);
    expect(writer.link(fd, path, fd, bytes("near"))).toBe(0);
    expect(readFileSync(join(top, "near"), "latin1")).toBe("deep");
    expect(xattr.getAttributeSync(join(top, "near"), NAME)).toEqual(bytes("U+1"));
    expect(writer.rename(fd, path, fd, bytes(`${below}/other`))).toBe(0);
    expect(writer.read(fd, bytes(`${below}/other`))).toEqual(bytes("deep"));
    expect(readdirSync("/proc/self/fd")).toHaveLength(descriptors);
  });
});

describe("paths that are refused", () => {
  type Call = (fd: number, path: Buffer) => unknown;
  /** Each call on one path, in each of its places. */
  const CALLS: Readonly<Record<string, Call>> = {
    setXattr: (fd, path) => writer.setXattr(fd, path, NAME, bytes("x")),
    removeXattr: (fd, path) => writer.setXattr(fd, path, NAME, null),
    linkFrom: (fd, path) => writer.link(fd, path, fd, bytes("new")),
    linkTo: (fd, path) => writer.link(fd, bytes("f"), fd, path),
    renameFrom: (fd, path) => writer.rename(fd, path, fd, bytes("new")),
    renameTo: (fd, path) => writer.rename(fd, bytes("f"), fd, path),
    unlink: (fd, path) => writer.unlink(fd, path),
    rmdir: (fd, path) => writer.rmdir(fd, path),
    whiteout: (fd, path) => writer.whiteout(fd, path),
    mkdir: (fd, path) => writer.mkdir(fd, path, 0o755),
    times: (fd, path) => writer.times(fd, path),
    setTimes: (fd, path) => writer.setTimes(fd, path, { atimeNs: 1n, mtimeNs: 1n }),
    append: (fd, path) => writer.append(fd, path, bytes("x")),
    read: (fd, path) => writer.read(fd, path),
    sync: (fd, path) => writer.sync(fd, path),
    copyDataFrom: (fd, path) => writer.copyData(fd, path, fd, bytes("f"), 0, 0, 10),
    copyDataTo: (fd, path) => writer.copyData(fd, bytes("f"), fd, path, 0, 0, 10),
    settle: (fd, path) => writer.settle(fd, path, LOOKS),
    empty: (fd, path) => writer.empty(fd, path, LOOKS),
    content: (fd, path) => native.content(fd, path),
    sameData: (fd, path) => native.sameData(fd, path, fd, bytes("f")),
    isPart: (fd, path) => native.isPart(fd, path, fd, bytes("f")),
  };
  /** Everything that a call through one of the paths could change. */
  const state = (dir: string): unknown =>
    readdirSync(dir)
      .sort()
      .map((name) => {
        const { ino, nlink, mtimeNs, ctimeNs, size } = lstatSync(join(dir, name), { bigint: true });
        return { name, ino, nlink, mtimeNs, ctimeNs, size };
      });

  it.each(Object.entries(CALLS))("%s", (_name, call) => {
    const outer = scratch();
    const top = join(outer, "layer");
    const outside = join(outer, "outside");
    for (const dir of [top, join(top, "d"), outside, join(outside, "empty")]) mkdirSync(dir);
    for (const file of [join(top, "f"), join(top, "d/f"), join(outside, "victim")]) writeFileSync(file, "v");
    xattr.setAttributeSync(join(outside, "victim"), NAME, bytes("mine"));
    symlinkSync(outside, join(top, "out"));
    symlinkSync("../../outside", join(top, "d/out"));
    symlinkSync("d", join(top, "in"));
    const fd = root(top);
    const before = [state(outer), state(outside), state(top), state(join(top, "d"))];
    const expected: [path: string, errno: number][] = [
      ["out/victim", errno.ELOOP],
      ["out/new", errno.ELOOP],
      ["out/empty", errno.ELOOP],
      ["d/out/victim", errno.ELOOP],
      ["in/f", errno.ELOOP],
      ["../outside/victim", errno.EXDEV],
      ["d/../../outside/victim", errno.EXDEV],
      ["/f", errno.EXDEV],
      ["/d/f", errno.EXDEV],
      ["//f", errno.EXDEV],
      ["..", errno.EINVAL],
      [".", errno.EINVAL],
      ["d/..", errno.EINVAL],
      ["d/.", errno.EINVAL],
      ["d/", errno.EINVAL],
      ["d\0/f", errno.EINVAL],
      ["f\0", errno.EINVAL],
      ["no/f", errno.ENOENT],
      ["f/g", errno.ENOTDIR],
    ];
    const descriptors = readdirSync("/proc/self/fd").length;
    expect(expected.map(([path]) => [path, call(fd, bytes(path))])).toEqual(expected);
    expect(readdirSync("/proc/self/fd")).toHaveLength(descriptors);
    expect([state(outer), state(outside), state(top), state(join(top, "d"))]).toEqual(before);
    expect(xattr.getAttributeSync(join(outside, "victim"), NAME)).toEqual(bytes("mine"));
  });

  it.each(
    (["linkFrom", "linkTo", "renameFrom", "renameTo", "unlink", "rmdir", "whiteout", "mkdir"] as const).map(
      (name) => [name],
    ),
  )("%s of the root itself", (name) => {
    const top = scratch();
    writeFileSync(join(top, "f"), "");
    expect(CALLS[name]?.(root(top), NONE)).toBe(errno.EINVAL);
  });

  it("a name that has become a symlink is not written or read through", () => {
    const top = scratch();
    writeFileSync(join(top, "victim"), "v");
    symlinkSync("victim", join(top, "l"));
    const fd = root(top);
    expect(writer.append(fd, bytes("l"), bytes("x"))).toBe(errno.EINVAL);
    expect(writer.read(fd, bytes("l"))).toBe(errno.EINVAL);
    expect(writer.sync(fd, bytes("l"))).toBe(errno.EINVAL);
    expect(writer.link(fd, bytes("l"), fd, bytes("l2"))).toBe(0);
    expect(writer.setTimes(fd, bytes("l"), { atimeNs: 5n, mtimeNs: 7n })).toBe(0);
    expect(writer.times(fd, bytes("l2"))).toEqual({ atimeNs: 5n, mtimeNs: 7n });
    expect(lstatSync(join(top, "victim")).mtimeMs).toBeGreaterThan(1000);
    expect(readFileSync(join(top, "victim"), "latin1")).toBe("v");
  });
});

describe("xattrs", () => {
  const addon = native as typeof native & { xattrAt(use: number): number };
  const hasCalls = addon.xattrAt(-1);
  afterEach(() => void addon.xattrAt(hasCalls));

  it.each(hasCalls ? [1, 0] : [0])(
    "are set, replaced, emptied and removed, of the root as well (%i)",
    (way) => {
      addon.xattrAt(way);
      const top = scratch();
      writeFileSync(join(top, "f"), "");
      const fd = root(top);
      for (const [path, place] of [
        [bytes("f"), join(top, "f")],
        [NONE, top],
      ] as const) {
        for (const value of [bytes("one"), Buffer.from([0, 255, 0]), NONE]) {
          expect(writer.setXattr(fd, path, NAME, value)).toBe(0);
          expect(xattr.getAttributeSync(place, NAME)).toEqual(value);
        }
        expect(writer.setXattr(fd, path, NAME, null)).toBe(0);
        expect(xattr.listAttributesSync(place)).not.toContain(NAME);
        expect(writer.setXattr(fd, path, NAME, null)).toBe(ENODATA);
      }
      expect(writer.setXattr(fd, bytes("no"), NAME, NONE)).toBe(errno.ENOENT);
    },
  );
});

describe("times", () => {
  it.each([
    ["now", 1_795_436_838_901_784_925n, 1_795_436_838_904_711_488n],
    ["before 1970", -1n, -1_500_000_000n],
    ["whole seconds", 0n, 1_000_000_000n],
  ])("%s are kept to the nanosecond", (_name, atimeNs, mtimeNs) => {
    const top = scratch();
    writeFileSync(join(top, "f"), "");
    const fd = root(top);
    for (const path of [bytes("f"), NONE]) {
      expect(writer.setTimes(fd, path, { atimeNs, mtimeNs })).toBe(0);
      expect(writer.times(fd, path)).toEqual({ atimeNs, mtimeNs });
    }
    expect(lstatSync(join(top, "f"), { bigint: true })).toMatchObject({ atimeNs, mtimeNs });
  });
});

describe("files", () => {
  it("are made for their owner alone, and grow", () => {
    const top = scratch();
    const fd = root(top);
    const umask = process.umask(0o777);
    expect(writer.append(fd, bytes("f"), bytes("one"))).toBe(0);
    process.umask(umask);
    expect(writer.append(fd, bytes("f"), NONE)).toBe(0);
    expect(writer.append(fd, bytes("f"), bytes("two"))).toBe(0);
    expect(writer.read(fd, bytes("f"))).toEqual(bytes("onetwo"));
    expect(lstatSync(join(top, "f")).mode & 0o7777).toBe(0o600);
    const large = Buffer.alloc(3 << 20, 0x5a);
    expect(writer.append(fd, bytes("f"), large)).toBe(0);
    const read = writer.read(fd, bytes("f"));
    // Not toEqual(), which looks at each of the bytes for seconds.
    expect(typeof read === "object" && read.equals(Buffer.concat([bytes("onetwo"), large]))).toBe(true);
  });

  it("larger than a gibibyte are not read", () => {
    const top = scratch();
    writeFileSync(join(top, "f"), "");
    const fd = root(top);
    expect(writer.read(fd, bytes("f"))).toEqual(NONE);
    truncateSync(join(top, "f"), 2 ** 30 + 1);
    expect(writer.read(fd, bytes("f"))).toBe(EFBIG);
  });

  it("are told from directories", () => {
    const top = scratch();
    mkdirSync(join(top, "d"));
    const fd = root(top);
    expect(writer.append(fd, bytes("d"), bytes("x"))).toBe(EISDIR);
    expect(writer.read(fd, bytes("d"))).toBe(EISDIR);
  });

  it("reach the disk when asked", () => {
    const top = scratch();
    mkdirSync(join(top, "d"));
    writeFileSync(join(top, "f"), "");
    const fd = root(top);
    for (const path of ["", "d", "f"]) expect(writer.sync(fd, bytes(path))).toBe(0);
    expect(writer.syncAll(fd)).toBe(0);
    expect(writer.sync(fd, bytes("no"))).toBe(errno.ENOENT);
  });
});

needsRoot("what only root makes", () => {
  const isWhiteout = (path: string): boolean => {
    const { mode, rdev } = lstatSync(path);
    return mode === 0o020000 && rdev === 0;
  };

  it("is a whiteout, without permission bits", () => {
    const top = scratch();
    const fd = root(top);
    expect(writer.whiteout(fd, bytes("w"))).toBe(0);
    expect(isWhiteout(join(top, "w"))).toBe(true);
    expect(writer.whiteout(fd, bytes("w"))).toBe(EEXIST);
    expect(writer.unlink(fd, bytes("w"))).toBe(0);
  });

  it("is a whiteout or a directory with the attributes of another one, and no others", () => {
    const top = scratch();
    const fd = root(top);
    const xattrs = [
      ["security.selinux", bytes("label\0")],
      ["trusted.empty", NONE],
    ] as const;
    const like = { uid: 12, gid: 34, atimeNs: -1n, mtimeNs: 1_795_436_838_904_711_488n, xattrs };
    for (const [name, mode] of [
      ["w", 0o020640],
      ["d", 0o043751],
    ] as const) {
      if (name === "w") expect(writer.whiteout(fd, bytes(name))).toBe(0);
      else mkdirSync(join(top, name));
      expect(sys.setxattr(bytes(join(top, name)), bytes("trusted.other"), bytes("o"), 0)).toBe(0);
      expect(writer.dress(fd, bytes(name), { ...like, mode })).toBe(0);
      const found = native.attributes(fd, bytes(name));
      expect(found).toMatchObject({ mode, uid: 12, gid: 34, atimeNs: -1n, mtimeNs: like.mtimeNs, rdev: 0 });
      expect(typeof found === "number" || new Map(found.xattrs)).toEqual(new Map(xattrs));
    }
  });

  it("is not dressed where it is anything else", () => {
    const top = scratch();
    const fd = root(top);
    const like = { mode: 0o020000, uid: 12, gid: 34, atimeNs: 0n, mtimeNs: 0n, xattrs: [] };
    const directory = { ...like, mode: 0o040000 };
    writeFileSync(join(top, "f"), "");
    mkdirSync(join(top, "d"));
    symlinkSync("d", join(top, "s"));
    expect(writer.whiteout(fd, bytes("w"))).toBe(0);
    expect(sys.mknod(bytes(join(top, "null")), 0o020666, 1, 3)).toBe(0);
    for (const name of ["f", "d", "s", "null"])
      expect(writer.dress(fd, bytes(name), like)).toBe(errno.ESTALE);
    for (const name of ["f", "w", "s"]) expect(writer.dress(fd, bytes(name), directory)).toBe(errno.ESTALE);
    for (const name of ["f", "d", "s", "null", "w"])
      expect(lstatSync(join(top, name))).toMatchObject({ uid: 0, gid: 0 });
    expect(writer.dress(fd, bytes("no"), like)).toBe(errno.ENOENT);
    expect(writer.dress(fd, bytes("s/x"), like)).toBe(errno.ELOOP);
    expect(native.attributes(fd, bytes("s/x"))).toBe(errno.ELOOP);
    expect(native.attributes(fd, bytes(".."))).toBe(errno.EINVAL);
  });

  it("is a directory of the mode that is asked for, whatever its parent hands down", () => {
    const top = scratch();
    const parent = join(top, "parent");
    mkdirSync(parent);
    chownSync(parent, 0, 1234);
    chmodSync(parent, 0o2777);
    // struct posix_acl_xattr_header, then tag, permissions and id of each entry: one for user 1234 among them.
    const acl = Buffer.from(`02000000${ACL.map(([tag, id]) => `${tag}0700${id}`).join("")}`, "hex");
    expect(sys.setxattr(bytes(parent), bytes("system.posix_acl_default"), acl, 0)).toBe(0);
    const fd = root(top);
    const umask = process.umask(0o077);
    for (const [name, mode] of [
      ["open", 0o755],
      ["shut", 0],
      ["own", 0o700],
    ] as const) {
      expect(writer.mkdir(fd, bytes(`parent/${name}`), mode)).toBe(0);
      expect(lstatSync(join(parent, name))).toMatchObject({ mode: 0o040000 | mode, uid: 0, gid: 0 });
      expect(sys.listxattr(bytes(join(parent, name)))).toEqual(NONE);
    }
    process.umask(umask);
    expect(writer.mkdir(fd, bytes("parent/own"), 0o755)).toBe(EEXIST);
  });

  it("are objects of every kind; those that are no files are neither read nor written", () => {
    const top = scratch();
    const fd = root(top);
    const kinds: [name: string, mode: number, minor: number][] = [
      ["fifo", 0o010644, 0],
      ["socket", 0o140644, 0],
      ["null", 0o020666, 3],
    ];
    for (const [name, mode, minor] of kinds) {
      expect(sys.mknod(bytes(join(top, name)), mode, minor ? 1 : 0, minor)).toBe(0);
    }
    symlinkSync("nowhere", join(top, "symlink"));
    for (const name of [...kinds.map(([kind]) => kind), "symlink"]) {
      const path = bytes(name);
      expect(writer.setXattr(fd, path, "trusted.overlay.origin", bytes("o"))).toBe(0);
      expect(sys.getxattr(bytes(join(top, name)), bytes("trusted.overlay.origin"))).toEqual(bytes("o"));
      expect(writer.append(fd, path, bytes("x"))).toBe(errno.EINVAL);
      expect(writer.read(fd, path)).toBe(errno.EINVAL);
      expect(writer.sync(fd, path)).toBe(errno.EINVAL);
      expect(writer.copyData(fd, path, fd, path, 0, 0, 1)).toBe(errno.EINVAL);
      expect(writer.empty(fd, path, LOOKS)).toBe(errno.EINVAL);
      expect(native.content(fd, path)).toBe(errno.EINVAL);
      expect(writer.link(fd, path, fd, bytes(`${name}2`))).toBe(0);
      expect(writer.unlink(fd, path)).toBe(0);
    }
  });
});

needsRoot("without privilege", () => {
  it("nothing is opened to be written", () => {
    const top = scratch();
    chmodSync(top, 0o755);
    const { dev, ino } = lstatSync(top);
    process.seteuid?.(65534);
    try {
      expect(writer.openWritableLayer(bytes(top), { dev, ino }, -1)).toBe(errno.EPERM);
    } finally {
      process.seteuid?.(0);
    }
  });
});

describe("a writer for tests", () => {
  it("fails at one call and goes on", () => {
    const top = scratch();
    const fd = root(top);
    const faulty = faultyWriter(writer, { call: 2, errno: -28 });
    const results = ["a", "b", "c"].map((name) => faulty.append(fd, bytes(name), NONE));
    expect(results).toEqual([0, -28, 0]);
    expect(readdirSync(top).sort()).toEqual(["a", "c"]);
  });

  it("tells of each call before and after it, and can be stopped there", () => {
    const top = scratch();
    const fd = root(top);
    const seen: string[] = [];
    const hooked = hookedWriter(writer, (n, method, phase) => {
      seen.push(`${phase} ${method} ${n}: ${readdirSync(top).join()}`);
      if (n === 2) throw new Error("stopped");
    });
    hooked.append(fd, bytes("a"), NONE);
    expect(() => hooked.unlink(fd, bytes("a"))).toThrow("stopped");
    expect(seen).toEqual(["before append 1: ", "after append 1: a", "before unlink 2: a"]);
  });
});
