import { lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as xattr from "fs-xattr";
import { describe, expect, it } from "vitest";
import { native } from "../../../src/lib/host/addon.js";
import type { RawHandle, RawObject } from "../../../src/lib/host/native.js";
import { needsRoot } from "../../support/root.js";
import { bytes, deep, errno, job, layer, namesOf, PREFIX, scan, scratch } from "./tree.js";

function object(root: number, path: string): RawObject {
  const found = native.examine(root, bytes(path), PREFIX);
  if (typeof found === "number") throw new Error(`examine ${path}: ${found}`);
  return found;
}

function handle(root: number, path: string): RawHandle {
  const found = object(root, path).handle;
  if (typeof found === "number") throw new Error(`handle of ${path}: ${found}`);
  return found;
}

describe("examine", () => {
  it("tells what stat and listxattr tell", () => {
    const top = scratch();
    const file = join(top, "f");
    writeFileSync(file, "12345");
    xattr.setAttributeSync(file, `${PREFIX}origin`, bytes("\x00\xfb"));
    xattr.setAttributeSync(file, `${PREFIX}overlay.opaque`, bytes("y"));
    xattr.setAttributeSync(file, "user.other", bytes("n"));
    const st = lstatSync(file, { bigint: true });
    const found = object(layer(top), "f");
    expect(found).toMatchObject({
      dev: Number(st.dev),
      ino: Number(st.ino),
      mode: Number(st.mode),
      nlink: 1,
      size: 5,
      rdev: 0,
      ctimeNs: st.ctimeNs,
      xattrError: 0,
    });
    expect(new Map(found.xattrs)).toEqual(
      new Map([
        ["origin", bytes("\x00\xfb")],
        ["overlay.opaque", bytes("y")],
      ]),
    );
  });

  it("gives the layer's own directory for the empty path", () => {
    const top = scratch();
    expect(object(layer(top), "").ino).toBe(lstatSync(top).ino);
  });

  it("follows no symlink and leaves no layer", () => {
    const top = scratch();
    mkdirSync(join(top, "d"));
    symlinkSync("d", join(top, "l"));
    const root = layer(top);
    expect(object(root, "l").mode & 0o170000).toBe(0o120000);
    expect(native.examine(root, bytes("l/x"), PREFIX)).toBe(errno.ELOOP);
    expect(native.examine(root, bytes(".."), PREFIX)).toBe(errno.EXDEV);
    expect(native.examine(root, bytes("d/../../x"), PREFIX)).toBe(errno.EXDEV);
    expect(native.examine(root, bytes("no"), PREFIX)).toBe(errno.ENOENT);
    expect(native.examine(-1, bytes("no"), PREFIX)).toBe(errno.EBADF);
  });

  it("goes down paths beyond PATH_MAX", async () => {
    const top = scratch();
    const name = "n".repeat(200);
    const path = deep(top, name, 50);
    expect(path.length).toBeGreaterThan(8192);
    const root = layer(top);
    expect(object(root, `${path}/leaf`).size).toBe(0);
    expect(native.examine(root, bytes(`${path}/leaf/x`), PREFIX)).toBe(errno.ENOTDIR);
    const reader = await scan([job(root, path)]);
    reader.nextPart();
    expect(namesOf(reader)).toEqual(["leaf"]);
    expect(native.examine(root, bytes(`${"x".repeat(5000)}/y`), PREFIX)).toBeLessThan(0);
  });

  it("reads a large value", () => {
    const top = scratch();
    writeFileSync(join(top, "f"), "");
    const long = bytes("v".repeat(3000));
    xattr.setAttributeSync(join(top, "f"), `${PREFIX}redirect`, long);
    expect(object(layer(top), "f").xattrs.get("redirect")).toEqual(long);
  });
});

describe("glance", () => {
  it("tells what examine tells, and the one value", () => {
    const top = scratch();
    const root = layer(top);
    mkdirSync(join(top, "d"));
    writeFileSync(join(top, "d/f"), "");
    xattr.setAttributeSync(join(top, "d/f"), `${PREFIX}nlink`, bytes("U-1"));
    xattr.setAttributeSync(join(top, "d/f"), `${PREFIX}long`, Buffer.alloc(3000, "x"));
    const { dev, ino, mode, rdev, ctimeNs } = object(root, "d/f");
    const same = { dev, ino, mode, rdev, ctimeNs };
    const glance = (path: string, name: string | null) => native.glance(root, bytes(path), name);
    expect(glance("d/f", null)).toEqual({ ...same, value: null });
    expect(glance("d/f", `${PREFIX}origin`)).toEqual({ ...same, value: null });
    expect(glance("d/f", `${PREFIX}nlink`)).toEqual({ ...same, value: bytes("U-1") });
    expect(glance("d/f", `${PREFIX}long`)).toEqual({ ...same, value: Buffer.alloc(3000, "x") });
    expect(glance("", null)).toMatchObject({ ino: lstatSync(top).ino });
  });

  it("follows no symlink, leaves no layer, and tells why there is nothing", () => {
    const top = scratch();
    const root = layer(top);
    mkdirSync(join(top, "d"));
    writeFileSync(join(top, "d/f"), "");
    symlinkSync("d", join(top, "l"));
    const glance = (path: string) => native.glance(root, bytes(path), null);
    expect(glance("l")).toMatchObject({ ino: lstatSync(join(top, "l")).ino });
    expect(glance("l/f")).toBe(errno.ELOOP);
    expect(glance("gone")).toBe(errno.ENOENT);
    expect(glance("d/f/x")).toBe(errno.ENOTDIR);
    expect(glance("../x")).toBe(errno.EXDEV);
    for (const path of ["..", "d/.", "d/"]) expect(glance(path)).toBe(errno.EINVAL);
  });
});

describe("openDirectory", () => {
  it("is walked from like a layer, and opens directories only", () => {
    const top = scratch();
    const root = layer(top);
    mkdirSync(join(top, "d/e"), { recursive: true });
    writeFileSync(join(top, "d/e/f"), "");
    symlinkSync("d", join(top, "l"));
    const dir = native.openDirectory(root, bytes("d/e"));
    expect(native.glance(dir, bytes("f"), null)).toEqual(native.glance(root, bytes("d/e/f"), null));
    expect(native.glance(dir, bytes("../e/f"), null)).toBe(errno.EXDEV);
    native.close(dir);
    expect(native.openDirectory(root, bytes("d/e/f"))).toBe(errno.ENOTDIR);
    expect(native.openDirectory(root, bytes("l"))).toBeLessThan(0);
  });
});

describe("list", () => {
  it("gives names, types and inode numbers in pieces", () => {
    const top = scratch();
    for (let i = 0; i < 1000; i++) writeFileSync(join(top, `f${i}`), "");
    mkdirSync(join(top, "\n"));
    const root = layer(top);
    const seen = new Map<string, number>();
    let resume = 0;
    let calls = 0;
    do {
      const piece = native.list(root, bytes(""), resume, 300);
      if (typeof piece === "number") throw new Error(`list: ${piece}`);
      let start = 0;
      piece.ends.forEach((end, i) => {
        const name = piece.names.toString("latin1", start, end);
        expect(piece.types[i]).toBe(name === "\n" ? 4 : 8);
        seen.set(name, piece.inos[i] ?? 0);
        start = end;
      });
      resume = piece.resume;
      calls++;
    } while (resume !== 0);
    expect(calls).toBe(4);
    expect(seen.size).toBe(1001);
    expect(seen.get("f7")).toBe(lstatSync(join(top, "f7")).ino);
  });

  it("gives errors as data", () => {
    const root = layer(scratch());
    expect(native.list(root, bytes("no"), 0, 10)).toBe(errno.ENOENT);
    expect(native.list(root, bytes(""), 4_000_000_000, 10)).toBe(errno.EBADF);
  });
});

describe("openLayer", () => {
  it("follows a symlink to the layer, and refuses what is no directory", () => {
    const top = scratch();
    mkdirSync(join(top, "d"));
    writeFileSync(join(top, "f"), "");
    symlinkSync("d", join(top, "l"));
    expect(object(layer(join(top, "l")), "").ino).toBe(lstatSync(join(top, "d")).ino);
    expect(native.openLayer(Buffer.from(join(top, "f")))).toBe(errno.ENOTDIR);
    expect(native.openLayer(Buffer.from(join(top, "no")))).toBe(errno.ENOENT);
    expect(native.openLayer(bytes("a\0b"))).toBe(errno.EINVAL);
  });

  it("gives a descriptor that statfs and capabilities go with", () => {
    const fs = native.statfs(layer(scratch()));
    expect(fs).toMatchObject({ namelen: 255 });
    expect(native.statfs(-1)).toBe(errno.EBADF);
    expect(typeof native.capabilities()).toBe("bigint");
  });
});

needsRoot("handles, as root", () => {
  it("lead back to the object, and to a directory's path", () => {
    const top = scratch();
    mkdirSync(join(top, "a/b"), { recursive: true });
    writeFileSync(join(top, "a/f"), "");
    const root = layer(top);
    for (const path of ["", "a", "a/b", "a/f"]) {
      const { type, bytes: raw } = handle(root, path);
      const found = native.examineHandle(root, type, raw, PREFIX);
      if (typeof found === "number") throw new Error(`${path}: ${found}`);
      expect(found.ino).toBe(object(root, path).ino);
      expect(found.handle).toEqual({ type, bytes: raw });
      expect([found.path.toString(), found.pathError]).toEqual([path === "a/f" ? "" : path, 0]);
    }
  });

  it("say where a directory is not below the layer", () => {
    const top = scratch();
    mkdirSync(join(top, "in"));
    mkdirSync(join(top, "out/deeper"), { recursive: true });
    const { type, bytes: raw } = handle(layer(top), "out/deeper");
    expect(native.examineHandle(layer(join(top, "in")), type, raw, PREFIX)).toMatchObject({
      pathError: errno.EXDEV,
    });
    const above = handle(layer(top), "");
    expect(native.examineHandle(layer(join(top, "in")), above.type, above.bytes, PREFIX)).toMatchObject({
      pathError: errno.EXDEV,
    });
  });

  it("tell paths beyond a page", () => {
    const top = scratch();
    const path = deep(top, "n".repeat(250), 40);
    const root = layer(top);
    const { type, bytes: raw } = handle(root, path);
    const found = native.examineHandle(root, type, raw, PREFIX);
    if (typeof found === "number") throw new Error(`${found}`);
    expect([found.pathError, found.path.toString("latin1")]).toEqual([0, path]);
  });

  it("that lead nowhere are stale", () => {
    const top = scratch();
    mkdirSync(join(top, "d"));
    const root = layer(top);
    const { type, bytes: raw } = handle(root, "d");
    rmSync(join(top, "d"), { recursive: true });
    expect(native.examineHandle(root, type, raw, PREFIX)).toBe(errno.ESTALE);
    expect(native.examineHandle(root, type, Buffer.alloc(0), PREFIX)).toBe(errno.ESTALE);
    expect(native.examineHandle(root, type, Buffer.alloc(129), PREFIX)).toBe(errno.ESTALE);
  });
});
