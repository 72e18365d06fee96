import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as xattr from "fs-xattr";
import { describe, expect, it } from "vitest";
import { native } from "../../../src/lib/host/addon.js";
import { PackedScanReader } from "../../../src/lib/host/packed-scan-reader.js";
import { XATTR_BITS, XATTR_UNREAD } from "../../../src/lib/host/scan-reader.js";
import { needsRoot } from "../../support/root.js";
import { bytes, errno, job, layer, namesOf, PREFIX, scan, scratch, seek } from "./tree.js";

const DT = { fifo: 1, chr: 2, dir: 4, reg: 8, lnk: 10 };

describe("scan", () => {
  it("keeps every byte of a name", async () => {
    const top = scratch();
    const names = ["new\nline", "\xff\xfe invalid", "x".repeat(255), " ", "-", "\x01", "café"];
    for (const name of names) writeFileSync(Buffer.concat([Buffer.from(`${top}/`), bytes(name)]), "");
    const reader = await scan([job(layer(top))]);
    expect(reader.nextPart()).toBe(true);
    expect(namesOf(reader).sort()).toEqual([...names].sort());
    expect(reader.nextPart()).toBe(false);
  });

  it("tells types, inode numbers and the directory's own identity", async () => {
    const top = scratch();
    mkdirSync(join(top, "d"));
    writeFileSync(join(top, "f"), "");
    symlinkSync("/nowhere", join(top, "l"));
    execFileSync("mkfifo", [join(top, "p")]);
    const reader = await scan([job(layer(top))]);
    reader.nextPart();
    expect([reader.job, reader.status, reader.resume]).toEqual([0, 0, 0]);
    expect([reader.dev, reader.ino]).toEqual([lstatSync(top).dev, lstatSync(top).ino]);
    const seen = new Map<string, number>();
    while (reader.nextEntry()) {
      const name = reader.name().toString();
      seen.set(name, reader.type);
      expect(reader.entryIno).toBe(lstatSync(join(top, name)).ino);
      expect([reader.entryStatus, reader.rdev]).toEqual([0, -1]);
      expect(reader.handleType > 0).toBe(name === "d");
    }
    expect(Object.fromEntries(seen)).toEqual({ d: DT.dir, f: DT.reg, l: DT.lnk, p: DT.fifo });
  });

  it("reads overlay xattrs and no others", async () => {
    const top = scratch();
    const file = join(top, "f");
    writeFileSync(file, "");
    xattr.setAttributeSync(file, "user.other", Buffer.from("no"));
    xattr.setAttributeSync(file, "user.overlayX", Buffer.from("no"));
    xattr.setAttributeSync(file, `${PREFIX}origin`, bytes("\x00\xfb\x01"));
    xattr.setAttributeSync(file, `${PREFIX}nlink`, bytes("U+1"));
    xattr.setAttributeSync(file, `${PREFIX}overlay.opaque`, bytes("y"));
    mkdirSync(join(top, "d"));
    xattr.setAttributeSync(join(top, "d"), `${PREFIX}opaque`, bytes("y"));
    writeFileSync(join(top, "empty"), "");
    xattr.setAttributeSync(join(top, "empty"), `${PREFIX}metacopy`, Buffer.alloc(0));
    const answer = await native.scan([job(layer(top))], { prefix: PREFIX });
    for (const reader of [new PackedScanReader(answer), new PackedScanReader(unaligned(answer))]) {
      const at: Record<string, unknown> = {};
      reader.nextPart();
      while (reader.nextEntry()) {
        at[reader.name().toString()] = {
          count: reader.xattrCount,
          bits: reader.xattrBits,
          origin: reader.bytes.toString("latin1", reader.originStart, reader.originEnd),
          values: (["origin", "nlink", "opaque", "metacopy"] as const).map((key) =>
            reader.xattr(key)?.toString(),
          ),
        };
      }
      expect(at).toEqual({
        f: {
          count: 3,
          bits: (XATTR_BITS.origin | XATTR_BITS.nlink | 0x80000000) >>> 0,
          origin: "\x00\xfb\x01",
          values: [bytes("\x00\xfb\x01").toString(), "U+1", undefined, undefined],
        },
        d: { count: 1, bits: XATTR_BITS.opaque, origin: "", values: [undefined, undefined, "y", undefined] },
        empty: {
          count: 1,
          bits: XATTR_BITS.metacopy,
          origin: "",
          values: [undefined, undefined, undefined, ""],
        },
      });
    }
  });

  it("reads a value longer than the first guess, by either way to xattrs", async () => {
    const top = scratch();
    const long = bytes("r".repeat(2000));
    writeFileSync(join(top, "f"), "");
    xattr.setAttributeSync(join(top, "f"), `${PREFIX}redirect`, long);
    const addon = native as typeof native & { xattrAt(use: number): number };
    const before = addon.xattrAt(-1);
    try {
      for (const way of before ? [1, 0] : [0]) {
        addon.xattrAt(way);
        const reader = await scan([job(layer(top))]);
        reader.nextPart();
        expect(seek(reader, "f").xattr("redirect")).toEqual(long);
      }
    } finally {
      addon.xattrAt(before);
    }
  });

  it("reads only the values asked for, and still tells that others are there", async () => {
    const top = scratch();
    writeFileSync(join(top, "f"), "");
    for (const key of ["origin", "nlink", "overlay.opaque"])
      xattr.setAttributeSync(join(top, "f"), `${PREFIX}${key}`, key);
    const options = { prefix: PREFIX, values: XATTR_BITS.origin };
    const reader = new PackedScanReader(await native.scan([job(layer(top))], options));
    reader.nextPart();
    seek(reader, "f");
    expect([reader.entryStatus, reader.xattrCount]).toEqual([0, 3]);
    expect(reader.xattrBits).toBe((XATTR_BITS.origin | XATTR_BITS.nlink | 0x80000000) >>> 0);
    expect([reader.xattr("origin")?.toString(), reader.xattr("nlink")]).toEqual(["origin", XATTR_UNREAD]);
  });

  it("reads values of directories by a set of their own", async () => {
    const top = scratch();
    writeFileSync(join(top, "f"), "");
    mkdirSync(join(top, "d"));
    for (const name of ["f", "d"]) {
      xattr.setAttributeSync(join(top, name), `${PREFIX}origin`, "o");
      xattr.setAttributeSync(join(top, name), `${PREFIX}impure`, "y");
    }
    const values = { values: XATTR_BITS.origin, dirValues: XATTR_BITS.impure };
    const reader = new PackedScanReader(await native.scan([job(layer(top))], { prefix: PREFIX, ...values }));
    reader.nextPart();
    const found: Record<string, unknown> = {};
    while (reader.nextEntry()) {
      found[reader.name().toString()] = [
        reader.xattr("origin")?.toString(),
        reader.xattr("impure")?.toString(),
      ];
    }
    const unread = XATTR_UNREAD.toString();
    expect(found).toEqual({ f: ["o", unread], d: [unread, "y"] });
  });

  it("reads `upper` of the index entry that a directory's origin names", async () => {
    const top = scratch();
    const index = scratch();
    for (const [name, origin] of [
      ["found", "\x00\xfb\xa0"],
      ["missing", "\x01"],
      ["bare", "\x02"],
      ["long", "z".repeat(200)],
    ] as const) {
      mkdirSync(join(top, name));
      xattr.setAttributeSync(join(top, name), `${PREFIX}origin`, bytes(origin));
    }
    mkdirSync(join(top, "plain"));
    writeFileSync(join(top, "file"), "");
    xattr.setAttributeSync(join(top, "file"), `${PREFIX}origin`, bytes("\x00\xfb\xa0"));
    mkdirSync(join(index, "00fba0"));
    mkdirSync(join(index, "02"));
    xattr.setAttributeSync(join(index, "00fba0"), `${PREFIX}upper`, bytes("\x00\xfb\xff!"));
    const probe = { root: layer(top), path: bytes("") };
    const options = { prefix: PREFIX, index: { root: layer(index), path: bytes("") } };
    const reader = new PackedScanReader(await native.scan([job(layer(top), "", [probe])], options));
    reader.nextPart();
    const found: Record<string, string> = {};
    while (reader.nextEntry()) {
      expect([reader.entryStatus, reader.probe(0), reader.probeIno]).toEqual([0, 0, reader.entryIno]);
      found[reader.name().toString()] = reader.bytes.toString(
        "latin1",
        reader.indexUpperStart,
        reader.indexUpperEnd,
      );
    }
    expect(found).toEqual({ found: "\x00\xfb\xff!", missing: "", bare: "", long: "", plain: "", file: "" });
  });

  it("follows redirects of directories", async () => {
    const [upper, lower] = [scratch(), scratch()];
    const targets = {
      relative: "x",
      absolute: "/deep/y",
      gone: "nothing",
      beside: "../x",
      through: "/link/y",
      none: "",
    };
    mkdirSync(join(lower, "x"));
    mkdirSync(join(lower, "deep", "y"), { recursive: true });
    symlinkSync("deep", join(lower, "link"));
    for (const [name, redirect] of Object.entries(targets)) {
      mkdirSync(join(upper, name));
      if (redirect !== "") xattr.setAttributeSync(join(upper, name), `${PREFIX}redirect`, redirect);
    }
    const root = layer(lower);
    const options = { prefix: PREFIX, redirectRoot: root };
    const reader = new PackedScanReader(
      await native.scan([job(layer(upper), "", [{ root, path: bytes("") }])], options),
    );
    reader.nextPart();
    const found: Record<string, number> = {};
    while (reader.nextEntry()) {
      const status = reader.target();
      found[reader.name().toString()] = status === 0 ? reader.probeIno : status;
      expect(reader.probe(0)).toBe(errno.ENOENT);
    }
    expect(found).toEqual({
      relative: lstatSync(join(lower, "x")).ino,
      absolute: lstatSync(join(lower, "deep", "y")).ino,
      gone: errno.ENOENT,
      beside: errno.ENOENT,
      through: errno.ELOOP,
      none: errno.ENOENT,
    });
  });

  it("gives a large directory in parts, each entry once", async () => {
    const top = scratch();
    const wanted = Array.from({ length: 2000 }, (_, i) => `file-${i}`);
    for (const name of wanted) writeFileSync(join(top, name), "");
    const probe = { root: layer(top), path: bytes("") };
    const root = layer(top);
    const seen: string[] = [];
    let parts = 0;
    let resume = 0;
    do {
      const reader = await scan([job(root, "", [probe], resume)], 8 * 1024);
      reader.nextPart();
      expect(reader.status).toBe(0);
      while (reader.nextEntry()) {
        seen.push(reader.name().toString());
        expect(reader.probe(0)).toBe(0);
        expect(reader.probeIno).toBe(reader.entryIno);
      }
      // What comes after the token was given out does not depend on the names read ahead.
      resume = reader.resume;
      parts++;
    } while (resume !== 0);
    expect(parts).toBeGreaterThan(5);
    expect(seen.sort()).toEqual(wanted.sort());
  });

  it("bounds the answer of many jobs, and every job gets on", async () => {
    const top = scratch();
    for (const dir of ["a", "b", "c"]) {
      mkdirSync(join(top, dir));
      for (let i = 0; i < 300; i++) writeFileSync(join(top, dir, `${dir}${i}`), "");
    }
    const root = layer(top);
    let open = ["a", "b", "c"].map((dir) => ({ ...job(root, dir), key: dir }));
    const seen: Record<string, number> = { a: 0, b: 0, c: 0 };
    while (open.length > 0) {
      const reader = await scan(open, 4096);
      expect(reader.bytes.length).toBeLessThan(3 * 4096);
      const next: typeof open = [];
      while (reader.nextPart()) {
        const at = open[reader.job];
        if (!at) throw new Error("no such job");
        const got = namesOf(reader).length;
        // That a directory has ended may be all that its last part says.
        if (reader.resume) expect(got).toBeGreaterThan(0);
        seen[at.key] = (seen[at.key] ?? 0) + got;
        if (reader.resume) next.push({ ...at, resume: reader.resume });
      }
      open = next;
    }
    expect(seen).toEqual({ a: 300, b: 300, c: 300 });
  });

  it("answers in a Buffer that it is given, and in one of its own where that is too small", async () => {
    const top = scratch();
    const wanted = Array.from({ length: 50 }, (_, i) => `f${i}`).sort();
    for (const name of wanted) writeFileSync(join(top, name), "");
    const root = layer(top);
    const sizes = { large: 1 << 16, exact: (await scan([job(root)])).bytes.length, small: 128 };
    for (const [size, length] of Object.entries(sizes)) {
      const into = Buffer.from(new ArrayBuffer(length)).fill(0xff);
      const answer = await native.scan([job(root)], { prefix: PREFIX, into });
      expect(answer === into).toBe(size === "large");
      const reader = new PackedScanReader(answer);
      expect(reader.nextPart()).toBe(true);
      expect(namesOf(reader).sort()).toEqual(wanted);
      expect(reader.nextPart()).toBe(false);
    }
  });

  it("takes a token once", async () => {
    const top = scratch();
    for (let i = 0; i < 100; i++) writeFileSync(join(top, `f${i}`), "");
    const root = layer(top);
    const first = await scan([job(root)], 64);
    first.nextPart();
    const resume = first.resume;
    expect(resume).toBeGreaterThan(0);
    await scan([job(root, "", [], resume)]);
    const again = await scan([job(root, "", [], resume)]);
    again.nextPart();
    expect([again.status, again.nextEntry()]).toEqual([errno.EBADF, false]);
  });

  it("probes other layers for each name", async () => {
    const upper = scratch();
    const lower = scratch();
    mkdirSync(join(upper, "both"));
    mkdirSync(join(lower, "both"));
    writeFileSync(join(upper, "only"), "");
    writeFileSync(join(upper, "linked"), "");
    writeFileSync(join(lower, "linked"), "");
    linkSync(join(lower, "linked"), join(lower, "other"));
    const probes = [
      { root: layer(lower), path: bytes("") },
      { root: layer(lower), path: bytes("gone") },
    ];
    const reader = await scan([job(layer(upper), "", probes)]);
    reader.nextPart();
    expect([reader.probeStatus(0), reader.probeStatus(1)]).toEqual([0, errno.ENOENT]);
    let entries = 0;
    while (reader.nextEntry()) {
      entries++;
      const name = reader.name().toString();
      expect(reader.probe(1)).toBe(errno.ENOENT);
      expect(reader.probe(0)).toBe(name === "only" ? errno.ENOENT : 0);
      if (name === "only") continue;
      const there = lstatSync(join(lower, name));
      expect([reader.probeIno, reader.probeMode, reader.probeNlink]).toEqual([
        there.ino,
        there.mode,
        there.nlink,
      ]);
      const own = native.examine(layer(lower), bytes(name), PREFIX);
      if (typeof own === "number" || typeof own.handle === "number") throw new Error("no handle");
      expect(reader.probeHandleType).toBe(own.handle.type);
      expect(reader.bytes.subarray(reader.probeHandleStart, reader.probeHandleEnd)).toEqual(own.handle.bytes);
    }
    expect(entries).toBe(3);
  });

  it("leaves out names that other layers cover, or may cover", async () => {
    const top = scratch();
    for (const name of ["above", "low", "odd", "under"]) mkdirSync(join(top, name));
    for (const name of ["a", "b", "c", "d"]) writeFileSync(join(top, "low", name), "");
    writeFileSync(join(top, "above", "a"), "");
    symlinkSync("nowhere", join(top, "under", "c"));
    const root = layer(top);
    const probe = (path: string): { root: number; path: Buffer } => ({ root, path: Buffer.from(path) });
    const names = async (...above: string[]): Promise<string[]> => {
      const answer = await native.scan([job(root, "low", above.map(probe))], {
        prefix: PREFIX,
        uncovered: true,
      });
      const reader = new PackedScanReader(answer);
      reader.nextPart();
      return namesOf(reader).sort();
    };
    expect(await names("above", "under")).toEqual(["b", "d"]);
    expect(await names("gone")).toEqual(["a", "b", "c", "d"]);
    // No directory: nobody knows what it has.
    expect(await names("low/d")).toEqual([]);
  });

  it("encodes the handle of every entry where it is asked to", async () => {
    const top = scratch();
    mkdirSync(join(top, "d"));
    writeFileSync(join(top, "f"), "");
    symlinkSync("/nowhere", join(top, "l"));
    const root = layer(top);
    const answer = await native.scan([job(root)], { prefix: PREFIX, handles: true });
    const reader = new PackedScanReader(answer);
    reader.nextPart();
    let count = 0;
    while (reader.nextEntry()) {
      const object = native.examine(root, reader.name(), PREFIX);
      expect(typeof object === "number" ? object : object.handle).toEqual({
        type: reader.handleType,
        bytes: Buffer.from(reader.bytes.subarray(reader.handleStart, reader.handleEnd)),
      });
      count++;
    }
    expect(count).toBe(3);
  });

  it("gives errors as data, job by job", async () => {
    const top = scratch();
    const outside = scratch();
    writeFileSync(join(top, "file"), "");
    mkdirSync(join(top, "good"));
    writeFileSync(join(top, "good", "x"), "");
    symlinkSync(outside, join(top, "link"));
    symlinkSync("good", join(top, "near"));
    mkdirSync(join(top, "gone"));
    const root = layer(top);
    rmSync(join(top, "gone"), { recursive: true });
    const paths = ["file", "link", "near", "near/x", "gone", "..", "/etc", "a\0b", "good"];
    const reader = await scan(paths.map((path) => job(root, path)));
    const status: number[] = [];
    while (reader.nextPart()) status.push(reader.status);
    const { ENOTDIR, ELOOP, ENOENT, EXDEV, EINVAL } = errno;
    expect(status).toEqual([ENOTDIR, ELOOP, ELOOP, ELOOP, ENOENT, EXDEV, EXDEV, EINVAL, 0]);
  });

  it("throws on arguments of the wrong type only", async () => {
    const wrong = native as unknown as { scan(jobs: unknown, options: unknown): Promise<Buffer> };
    expect(() => wrong.scan(1, { prefix: PREFIX })).toThrow(TypeError);
    expect(() => wrong.scan([{ root: 0, path: "text", resume: 0, probes: [] }], { prefix: PREFIX })).toThrow(
      TypeError,
    );
    expect((await native.scan([], { prefix: PREFIX })).length).toBe(0);
  });
});

needsRoot("scan, as root", () => {
  it("tells a whiteout from other devices", async () => {
    const top = scratch();
    execFileSync("mknod", [join(top, "white"), "c", "0", "0"]);
    execFileSync("mknod", [join(top, "null"), "c", "1", "3"]);
    const reader = await scan([job(layer(top))]);
    reader.nextPart();
    const rdevs: Record<string, number> = {};
    while (reader.nextEntry()) {
      expect(reader.type).toBe(DT.chr);
      rdevs[reader.name().toString()] = reader.rdev;
    }
    expect(rdevs).toEqual({ white: 0, null: 0x103 });
  });

  it("reads trusted xattrs of symlinks, fifos and devices", async () => {
    const top = scratch();
    symlinkSync("x", join(top, "l"));
    execFileSync("mkfifo", [join(top, "p")]);
    execFileSync("mknod", [join(top, "c"), "c", "1", "3"]);
    chmodSync(join(top, "p"), 0);
    for (const name of ["l", "p", "c"]) {
      execFileSync("setfattr", ["-h", "-n", "trusted.overlay.origin", "-v", name, join(top, name)]);
    }
    const answer = await native.scan([job(layer(top))], { prefix: "trusted.overlay." });
    const reader = new PackedScanReader(answer);
    reader.nextPart();
    while (reader.nextEntry()) expect(reader.xattr("origin")?.toString()).toBe(reader.name().toString());
  });
});

function unaligned(buf: Buffer): Buffer {
  const moved = Buffer.alloc(buf.length + 8);
  const shift = (moved.byteOffset + 1) % 4 === 0 ? 2 : 1;
  buf.copy(moved, shift);
  return moved.subarray(shift, shift + buf.length);
}
