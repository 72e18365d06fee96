/**
 * What names show is marked by whole directories, and few handles are followed one by one. Here are the names for which that
 * would give another verdict: a plain look takes them for what nobody touched.
 */
import {
  appendFileSync,
  closeSync,
  constants,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readRecords } from "../../src/lib/handles/reader.js";
import { saveFromLayers } from "../../src/lib/handles/save.js";
import { structureOf } from "../../src/lib/handles/shown.js";
import type { Outcome } from "../../src/lib/handles/verdicts.js";
import { type Verified, verifyLayers, verifyMount } from "../../src/lib/handles/verify.js";
import type { RawHandle } from "../../src/lib/host/native.js";
import { EXPORTED, INDEX_OFF, Past } from "../support/past.js";
import { needsRoot } from "../support/root.js";
import { must, sys } from "../support/sys.js";
import { makeWhiteout } from "../support/tree.js";

const ALL: readonly Outcome[] = ["same", "deleted", "stale", "wrong"];

needsRoot("handles of lower names that only seem untouched", () => {
  let past: Past;
  let dir: string;
  let lowers: string[];
  beforeEach(() => {
    lowers = ["lower"];
    past = new Past();
    dir = mkdtempSync(join(tmpdir(), "ovl-index-handles-"));
  });
  afterEach(() => {
    past.dispose();
    rmSync(dir, { recursive: true });
  });

  const file = (): Buffer => Buffer.from(join(dir, "handles"));
  const at = (path: string): string => join(past.dir, path);
  const layers = () => ({
    lower: lowers.map((name) => Buffer.from(at(name))),
    upper: Buffer.from(at("upper")),
    work: Buffer.from(at("work")),
  });
  const spec = () => ({ ...past.spec(), ...layers() });
  const live = (options: typeof EXPORTED, act: (mnt: string) => void): void =>
    past.stage.withOverlay({ ...layers(), options }, () => act(past.stage.mnt.toString()));
  const save = () => saveFromLayers(spec(), { file: file(), replace: false, content: false });
  const told = (verified: Verified): Record<string, string> =>
    Object.fromEntries(
      [...verified.judged(ALL)].map(({ record, verdict }) => [record.path.toString() || "/", verdict]),
    );
  const verify = async () => told(await verifyLayers(spec(), { file: file(), content: false }));
  /** As the kernel opens them. */
  const open = (): Record<string, string> => {
    let opened: Record<string, string> = {};
    live(EXPORTED, (mnt) => {
      opened = told(verifyMount(Buffer.from(mnt), { file: file(), content: false }));
    });
    return opened;
  };

  const mark = (path: string, name: string, value: string | Buffer = ""): void => {
    const bytes = Buffer.from(value);
    must(sys.setxattr(Buffer.from(at(path)), Buffer.from(`trusted.overlay.${name}`), bytes, 0), name);
  };
  const wireOf = (path: string): RawHandle => {
    for (const { record } of readRecords(file())) if (record.path.toString() === path) return record.wire;
    throw new Error(path);
  };
  const byHandle = <T>(mnt: string, path: string, act: (fd: number) => T): T => {
    const { type, bytes } = wireOf(path);
    const root = openSync(mnt, constants.O_RDONLY);
    const handle = Buffer.concat([Buffer.from(Uint32Array.of(type).buffer), bytes]);
    const fd = sys.openByHandle(root, handle, constants.O_RDONLY);
    closeSync(root);
    try {
      return act(fd);
    } finally {
      if (fd >= 0) closeSync(fd);
    }
  };
  const opens = (mnt: string, path: string): boolean => byHandle(mnt, path, (fd) => fd >= 0);
  const opened = (mnt: string, path: string): string => byHandle(mnt, path, (fd) => readFileSync(fd, "utf8"));

  it("one of several, of which another was copied up: leads to what the index has", async () => {
    linkSync(at("lower/a"), at("lower/a2"));
    live(EXPORTED, () => undefined);
    await save();
    live(EXPORTED, (mnt) => appendFileSync(join(mnt, "a"), "2"));
    expect(await verify()).toMatchObject({ a: "same", a2: "same", b: "same" });
    expect(open()).toMatchObject({ a: "same", a2: "same", b: "same" });
  });

  it("a tombstone stands over it: stale, and not deleted", async () => {
    live(EXPORTED, () => undefined);
    await save();
    makeWhiteout(Buffer.from(at(`work/index/${structureOf(wireOf("a"))?.toString("hex")}`)));
    expect(await verify()).toMatchObject({ a: "stale-tombstone", b: "same" });
    expect(open()).toMatchObject({ a: expect.stringMatching(/^(stale|deleted)/), b: "same" });
  });

  it("a mark in lower has the kernel refuse its name: wrong", async () => {
    live(EXPORTED, () => undefined);
    await save();
    mark("lower/a", "metacopy");
    expect(await verify()).toMatchObject({ a: "wrong-deleted", b: "same" });
    expect(open()).toMatchObject({ a: expect.stringMatching(/^wrong/), b: "same" });
  });

  it.each([1, 2])(
    "they are in a directory that was renamed without the index (%i lower): stale",
    async (count) => {
      mkdirSync(at("lower/d/sub/deeper"), { recursive: true });
      for (const path of ["lower/d/opaque", "lower/d/sub/opaque"]) {
        mkdirSync(at(path));
        mark(path, "opaque", "y");
      }
      if (count === 2) {
        lowers = ["lower", "below"];
        mkdirSync(at("below/d/sub/deeper"), { recursive: true });
      }
      live(EXPORTED, () => undefined);
      await save();
      live([...INDEX_OFF, ["redirect_dir", "on"]], (mnt) => renameSync(join(mnt, "d"), join(mnt, "e")));
      const inside = ["d/sub", "d/sub/deeper", "d/opaque", "d/sub/opaque"];
      const verdicts = await verify();
      for (const path of inside) expect(verdicts[path], path).toBe("stale-not-connected");
      // Before any name is looked at: to encode its handle copies a directory up.
      live(EXPORTED, (mnt) => {
        for (const path of inside) expect(opens(mnt, path), path).toBe(false);
      });
    },
  );

  it("one of several, that was split off: the name that a handle was given out for decides", async () => {
    linkSync(at("lower/a"), at("lower/a2"));
    live(EXPORTED, () => undefined);
    await save();
    // A kernel without index leaves no origin on such a one; whatever else split it may.
    writeFileSync(at("upper/a2"), "another");
    mark("upper/a2", "origin", structureOf(wireOf("a")) ?? "");
    expect(await verify()).toMatchObject({ a: "same", a2: "wrong-old-data" });
    live(EXPORTED, (mnt) => {
      expect([opened(mnt, "a"), opened(mnt, "a2")]).toEqual(["1", "1"]);
      expect(readFileSync(join(mnt, "a2"), "utf8")).toBe("another");
    });
  });

  it("one of which a lower layer hides the other: deleted, and the kernel opens it by itself", async () => {
    lowers = ["lower", "below"];
    mkdirSync(at("below"));
    writeFileSync(at("below/x"), "deleted");
    linkSync(at("below/x"), at("below/hidden"));
    makeWhiteout(Buffer.from(at("lower/hidden")));
    live(EXPORTED, () => undefined);
    await save();
    live(EXPORTED, (mnt) => rmSync(join(mnt, "x")));
    expect(await verify()).toMatchObject({ x: "deleted-and-opens" });
    live(EXPORTED, (mnt) => expect(opened(mnt, "x")).toBe("deleted"));
    expect(open()).toMatchObject({ x: "wrong-unnamed" });
  });

  it("one of several, deleted without the index when the others were gone: wrong", async () => {
    linkSync(at("lower/a"), at("lower/a2"));
    live(EXPORTED, () => undefined);
    await save();
    live(EXPORTED, (mnt) => rmSync(join(mnt, "a2")));
    live(INDEX_OFF, (mnt) => rmSync(join(mnt, "a")));
    expect(await verify()).toMatchObject({ a: "wrong-deleted", a2: "wrong-deleted" });
    live(EXPORTED, (mnt) => expect(opened(mnt, "a")).toBe("1"));
  });
});
