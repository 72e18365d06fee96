import {
  appendFileSync,
  closeSync,
  constants,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { native } from "../../../src/lib/host/addon.js";
import type { Content } from "../../../src/lib/host/native.js";
import { writer } from "../../../src/lib/host/system-writer.js";
import { bytes, errno, scratch } from "./tree.js";

const KIB = 1024;
const ESTALE = -116;
const EISDIR = -21;
/** ENODATA, EOPNOTSUPP, ENOTTY: not enabled, or nobody knows what that is. */
const NO_VERITY = [-61, -95, -25];

const open: number[] = [];
afterEach(() => {
  for (const fd of open.splice(0)) closeSync(fd);
});

function place(): { top: string; fd: number } {
  const top = scratch();
  const fd = openSync(top, constants.O_RDONLY | constants.O_DIRECTORY);
  open.push(fd);
  return { top, fd };
}

/** A file with "data!" at each of these places. */
function sparse(path: string, size: number, places: readonly number[]): void {
  const fd = openSync(path, "w");
  ftruncateSync(fd, size);
  for (const at of places) writeSync(fd, "data!", at);
  closeSync(fd);
}

function contentOf(fd: number, name: string): Content {
  const content = native.content(fd, bytes(name));
  if (typeof content === "number") throw new Error(`${name}: ${content}`);
  return content;
}

describe("content", () => {
  it("tells data from holes, and what a write would change", () => {
    const { top, fd } = place();
    const SIZE = 300 * KIB;
    sparse(join(top, "holes"), SIZE, [64 * KIB, 256 * KIB]);
    sparse(join(top, "hole"), SIZE, []);
    writeFileSync(join(top, "empty"), "", { mode: 0o640 });
    const { data, size } = contentOf(fd, "holes");
    expect(size).toBe(SIZE);
    expect(data).toBeGreaterThanOrEqual(10);
    expect(data).toBeLessThan(SIZE / 2);
    expect(contentOf(fd, "hole").data).toBe(0);
    const { dev, ino, mode, mtimeNs, atimeNs, ctimeNs } = lstatSync(join(top, "empty"), { bigint: true });
    expect(contentOf(fd, "empty")).toEqual({
      dev: Number(dev),
      ino: Number(ino),
      mode: Number(mode),
      size: 0,
      data: 0,
      mtimeNs,
      atimeNs,
      ctimeNs,
      capability: null,
    });
    expect(native.content(fd, bytes("no"))).toBe(errno.ENOENT);
    expect(native.content(fd, Buffer.alloc(0))).toBe(errno.EINVAL);
  });
});

describe("sameData", () => {
  it("takes a hole for zeros, and sees every byte and the size", () => {
    const { top, fd } = place();
    const SIZE = 700 * KIB + 3;
    const whole = Buffer.alloc(SIZE);
    for (const at of [0, 300 * KIB, SIZE - 5]) whole.write("data!", at);
    sparse(join(top, "one"), SIZE, [0, 300 * KIB, SIZE - 5]);
    writeFileSync(join(top, "other"), whole);
    const same = (a: string, b: string) => native.sameData(fd, bytes(a), fd, bytes(b));
    expect([same("one", "other"), same("other", "one")]).toEqual([true, true]);
    for (const at of [0, 4, 64 * KIB, 300 * KIB + 4, 512 * KIB, SIZE - 1]) {
      const changed = Buffer.from(whole);
      changed[at] = 1;
      writeFileSync(join(top, "changed"), changed);
      expect([same("one", "changed"), same("changed", "one")], `${at}`).toEqual([false, false]);
    }
    appendFileSync(join(top, "other"), "\0");
    expect(same("one", "other")).toBe(false);
    expect(same("one", "no")).toBe(errno.ENOENT);
  });
});

describe("isPart", () => {
  it("takes zeros for what is still to come, and no other byte", () => {
    const { top, fd } = place();
    const SIZE = 700 * KIB + 3;
    const whole = Buffer.alloc(SIZE);
    for (const at of [0, 300 * KIB, SIZE - 5]) whole.write("data!", at);
    writeFileSync(join(top, "whole"), whole);
    const isPart = (a: string, b = "whole") => native.isPart(fd, bytes(a), fd, bytes(b));
    sparse(join(top, "begun"), SIZE, [0, 300 * KIB]);
    sparse(join(top, "hole"), SIZE, []);
    expect([isPart("begun"), isPart("hole"), isPart("whole"), isPart("whole", "begun")]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    for (const at of [0, 64 * KIB, SIZE - 1]) {
      const changed = Buffer.from(whole);
      changed[at] = 1;
      writeFileSync(join(top, "changed"), changed);
      expect(isPart("changed"), `${at}`).toBe(false);
    }
    writeFileSync(join(top, "short"), whole.subarray(1));
    expect([isPart("short"), isPart("no")]).toEqual([false, errno.ENOENT]);
  });
});

describe("copyData", () => {
  it("copies what is no hole, a piece at a time, and empty takes it away again", () => {
    const { top, fd } = place();
    const SIZE = 400 * KIB + 1;
    sparse(join(top, "from"), SIZE, [8 * KIB, 100 * KIB, 104 * KIB, SIZE - 5]);
    sparse(join(top, "to"), SIZE, []);
    const was = contentOf(fd, "to");
    let calls = 0;
    for (let at = 0; at < SIZE; calls++) {
      const next = writer.copyData(fd, bytes("from"), fd, bytes("to"), was.ino, at, 3 * KIB);
      expect(next).toBeGreaterThan(at);
      at = next;
    }
    expect(calls).toBeGreaterThan(2);
    expect(writer.settle(fd, bytes("to"), was)).toBe(0);
    expect(readFileSync(join(top, "to"))).toEqual(readFileSync(join(top, "from")));
    expect(contentOf(fd, "to")).toMatchObject({ data: contentOf(fd, "from").data, mtimeNs: was.mtimeNs });
    expect(writer.empty(fd, bytes("to"), was)).toBe(0);
    expect({ ...contentOf(fd, "to"), ctimeNs: 0n }).toEqual({ ...was, ctimeNs: 0n });
    expect(lstatSync(join(top, "to")).blocks).toBe(0);
  });

  it("is taken away again from a file that is as large as ext4 has it", () => {
    const { top, fd } = place();
    const SIZE = 2 ** 44 - 4 * KIB;
    sparse(join(top, "to"), SIZE, [0, 2 ** 33, SIZE - 5]);
    expect(writer.empty(fd, bytes("to"), contentOf(fd, "to"))).toBe(0);
    const { data, size } = contentOf(fd, "to");
    expect([data, size]).toEqual([expect.toSatisfy((left: number) => left <= 4 * KIB), SIZE]);
    sparse(join(top, "zeros"), SIZE, []);
    expect(native.sameData(fd, bytes("to"), fd, bytes("zeros"))).toBe(true);
  });

  it("of an empty file is done at once", () => {
    const { top, fd } = place();
    for (const name of ["from", "to"]) writeFileSync(join(top, name), "");
    const { ino } = contentOf(fd, "to");
    expect(writer.copyData(fd, bytes("from"), fd, bytes("to"), ino, 0, 1)).toBe(0);
    expect(writer.empty(fd, bytes("to"), contentOf(fd, "to"))).toBe(0);
  });

  it("is refused between files of two sizes, and directories", () => {
    const { top, fd } = place();
    writeFileSync(join(top, "from"), "123");
    writeFileSync(join(top, "to"), "12");
    const { ino } = contentOf(fd, "to");
    expect(writer.copyData(fd, bytes("from"), fd, bytes("to"), ino, 0, 9)).toBe(ESTALE);
    expect(readFileSync(join(top, "to"), "latin1")).toBe("12");
    expect(writer.copyData(fd, bytes("from"), fd, bytes("."), ino, 0, 9)).toBe(errno.EINVAL);
    expect(native.sameData(fd, bytes("from"), fd, Buffer.alloc(0))).toBe(errno.EINVAL);
  });

  it("changes no file but the one that was looked at", () => {
    const { top, fd } = place();
    for (const name of ["from", "to"]) writeFileSync(join(top, name), name.padEnd(4));
    const was = contentOf(fd, "from");
    expect(writer.copyData(fd, bytes("from"), fd, bytes("to"), was.ino, 0, 9)).toBe(ESTALE);
    expect(writer.empty(fd, bytes("to"), was)).toBe(ESTALE);
    expect(writer.settle(fd, bytes("to"), { ...was, mtimeNs: 1n })).toBe(ESTALE);
    expect(readFileSync(join(top, "to"), "latin1")).toBe("to  ");
    expect(contentOf(fd, "to").mtimeNs).not.toBe(1n);
  });

  it.each([-1, -1.5, 9_300_000_000, 0, 2 ** 33])("keeps times of %d s after 1970", (seconds) => {
    const { top, fd } = place();
    writeFileSync(join(top, "f"), "1");
    utimesSync(join(top, "f"), seconds, seconds);
    const was = contentOf(fd, "f");
    const { mtimeNs, atimeNs } = lstatSync(join(top, "f"), { bigint: true });
    expect([was.mtimeNs, was.atimeNs]).toEqual([mtimeNs, atimeNs]);
    utimesSync(join(top, "f"), 5, 5);
    expect(writer.settle(fd, bytes("f"), was)).toBe(0);
    expect(contentOf(fd, "f")).toMatchObject({ mtimeNs: was.mtimeNs, atimeNs: was.atimeNs });
  });
});

it("a file that fs-verity was not enabled for has no digest", () => {
  const { top, fd } = place();
  writeFileSync(join(top, "f"), "123");
  expect(NO_VERITY).toContain(native.verity(fd, bytes("f")));
  expect(native.verity(fd, bytes("no"))).toBe(errno.ENOENT);
  mkdirSync(join(top, "d"));
  expect(native.verity(fd, bytes("d"))).toBe(EISDIR);
});
