/**
 * Handles that an export gave out for upper files without an index entry, and that have one now. The kernel opens the
 * same file by them, as another inode of the overlay: verify says so, by the layers and through a mount.
 */
import {
  appendFileSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readRecords } from "../../src/lib/handles/reader.js";
import { saveFromLayers } from "../../src/lib/handles/save.js";
import type { Outcome } from "../../src/lib/handles/verdicts.js";
import { type Verified, verifyLayers, verifyMount } from "../../src/lib/handles/verify.js";
import { repair } from "../../src/lib/repair.js";
import { EXPORTED, INDEX_OFF, Past } from "../support/past.js";
import { needsRoot } from "../support/root.js";
import { sys } from "../support/sys.js";
import { yes } from "./repaired/twice.js";

const ALL: readonly Outcome[] = ["same", "deleted", "stale", "wrong"];

needsRoot("a handle of the upper file, which the index has now", () => {
  let past: Past;
  let dir: string;
  beforeEach(async () => {
    past = new Past();
    dir = mkdtempSync(join(tmpdir(), "ovl-index-handles-"));
    past.live(INDEX_OFF, (mnt) => {
      for (const name of ["a", "b", "pure"]) appendFileSync(join(mnt, name), "2");
    });
    await saveFromLayers(past.spec(), { file: file(), replace: false, content: true });
  });
  afterEach(() => {
    past.dispose();
    rmSync(dir, { recursive: true });
  });

  const file = (): Buffer => Buffer.from(join(dir, "handles"));
  const build = () => repair(past.spec(), { ...yes("nfs-export"), command: "build" });
  const told = (verified: Verified): Record<string, string> =>
    Object.fromEntries(
      [...verified.judged(ALL)].map(({ record, verdict }) => [record.path.toString() || "/", verdict]),
    );
  const byLayers = async (content = false) =>
    told(await verifyLayers(past.spec(), { file: file(), content }));
  const byMount = (content = false) => {
    let verdicts: Record<string, string> = {};
    past.live(EXPORTED, (mnt) => {
      verdicts = told(verifyMount(Buffer.from(mnt), { file: file(), content }));
    });
    return verdicts;
  };
  /** What the handle that was saved for a name opens. */
  const byHandle = <T>(mnt: string, path: string, act: (fd: number) => T): T => {
    const wire = [...readRecords(file())].find(({ record }) => record.path.toString() === path)?.record.wire;
    if (wire === undefined) throw new Error(path);
    const handle = Buffer.concat([Buffer.from(Uint32Array.of(wire.type).buffer), wire.bytes]);
    const root = openSync(mnt, constants.O_RDONLY);
    const fd = sys.openByHandle(root, handle, constants.O_RDWR);
    try {
      return act(fd);
    } finally {
      if (fd >= 0) closeSync(fd);
      closeSync(root);
    }
  };

  it("leads to the same file by a second inode number", async () => {
    expect(await byLayers()).toEqual(byMount());
    await build();
    const verdicts = { "/": "same", a: "same-second-inode", b: "same-second-inode", pure: "same" };
    for (const content of [false, true]) {
      expect(await byLayers(content)).toEqual(verdicts);
      expect(byMount(content)).toEqual(verdicts);
    }
    past.live(EXPORTED, (mnt) => {
      byHandle(mnt, "a", (fd) => {
        expect(fstatSync(fd).ino).not.toBe(lstatSync(join(mnt, "a")).ino);
        writeSync(fd, "by the old handle");
      });
      expect(readFileSync(join(mnt, "a"), "utf8")).toBe("by the old handle");
    });
  });

  it("also where it has another name, and not where another file has its name", async () => {
    await build();
    past.live(EXPORTED, (mnt) => {
      renameSync(join(mnt, "a"), join(mnt, "c"));
      renameSync(join(mnt, "b"), join(mnt, "a"));
    });
    const verdicts = { a: "same-second-inode", b: "same-second-inode" };
    expect(await byLayers()).toMatchObject(verdicts);
    expect(byMount()).toMatchObject(verdicts);
  });

  it("is no handle of the file that has its name, where it is only kept somewhere", async () => {
    await build();
    const kept = join(past.dir, "kept");
    renameSync(join(past.dir, "upper/a"), kept);
    const index = join(past.dir, "work/index");
    for (const entry of readdirSync(index))
      if (lstatSync(join(index, entry)).ino === lstatSync(kept).ino) rmSync(join(index, entry));
    expect((await byLayers())["a"]).toBe("wrong-deleted");
    expect(byMount()["a"]).toBe("wrong-unnamed");
  });
});
