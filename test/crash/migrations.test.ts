/**
 * Each migration, ended after any call that changes something: what it did is taken back to the byte by the next run, which
 * then comes to the same end as one that was not interrupted; and undo takes that back. The same where any call
 * finds no space.
 */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  lchownSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { native } from "../../src/lib/host/addon.js";
import { files } from "../../src/lib/host/files.js";
import { writer } from "../../src/lib/host/system-writer.js";
import type { MountSpec, RequestedOptions } from "../../src/lib/mount/spec.js";
import type { MigrationName } from "../../src/lib/plan/cause.js";
import { journals, undo } from "../../src/lib/repair.js";
import { migrateAll, type Wanted } from "../kernel/migrations/lived.js";
import { EXPORTED, INDEX_OFF, Past } from "../support/past.js";
import { needsRoot } from "../support/root.js";
import { faultyWriter, type WriterMethod } from "../support/writer-faults.js";
import { Mortal } from "./mortal.js";

/** Of this process alone, which is the only one to see what it has mounted. */
const host = {
  native,
  files: {
    ...files,
    list: (path: Buffer) =>
      path.toString() === "/proc" ? [Buffer.from(`${process.pid}`)] : files.list(path),
  },
  writer,
};
const REDIRECTS = ["redirect_dir", "on"] as const;
const FOLLOWED = { redirectDir: "on" } as const;
const ENOSPC = -28;
/** Of all ends, every so many is gone on from to the end; the others are taken back. */
const STRIDE = 8;

interface Case {
  readonly name: string;
  /** The first that applies. */
  readonly migration: MigrationName;
  readonly live: (past: Past) => void;
  readonly wanted?: (past: Past) => Wanted;
  /** {@link FOLLOWED} unless told. */
  readonly options?: RequestedOptions;
  /** What an interrupted run is taken back with, where that is not the same. */
  readonly optionsBefore?: RequestedOptions;
}

const oldLower = (past: Past): Wanted => ({ oldLower: [Buffer.from(join(past.dir, "old/lower"))] });

const CASES: readonly Case[] = [
  { name: "index", migration: "index", live: unindexed },
  { name: "on-off-on", migration: "on-off-on", live: neglected },
  { name: "uuid", migration: "uuid", live: exported, options: { ...FOLLOWED, uuid: "off" } },
  {
    name: "detach",
    migration: "detach",
    live: neglected,
    wanted: () => ({ detach: true, require: "plain" }),
  },
  { name: "restamp", migration: "restamp", live: moved },
  { name: "restamp with --old-lower", migration: "restamp", live: moved, wanted: oldLower },
  { name: "metacopy", migration: "metacopy", live: touched, wanted: () => ({ only: ["metacopy"] }) },
  { name: "new-base", migration: "new-base", live: rebuilt, wanted: oldLower },
  {
    name: "xattr-namespace",
    migration: "xattr-namespace",
    live: withAllTypes,
    options: { userxattr: true },
    optionsBefore: {},
  },
];

needsRoot("a migration that ends half-way", () => {
  it.each(CASES)("$name", async ({ migration, live, wanted: wish, options = FOLLOWED, optionsBefore }) => {
    const past = new Past();
    try {
      live(past);
      const spec = { ...past.spec(), options };
      const specBefore = { ...spec, options: optionsBefore ?? options };
      const wanted = wish?.(past) ?? {};
      const before = past.dump();
      const calls: WriterMethod[] = [];
      await new Mortal(null, (_, method) => calls.push(method)).liveLong(async ({ writer: counted }) => {
        const done = await migrateAll(spec, wanted, { ...host, writer: counted });
        expect(done.trouble).toBeNull();
        expect(done.migrations[0]?.name).toBe(migration);
        expect(done.changed).toBe(true);
      });
      const after = past.dump();
      await undoAll(specBefore);
      expect(past.dump()).toEqual(before);

      const ends = calls.flatMap((method, i) => (CHANGES[method] ? [i + 1] : []));
      for (const [i, call] of ends.entries()) {
        const mortal = new Mortal({ call, phase: "after" });
        await mortal.liveLong(async ({ writer: mine }) => {
          await migrateAll(spec, wanted, { ...host, writer: mine });
        });
        if (i % STRIDE === 0) {
          await expectSameEnd(spec, wanted, past, { before, after, when: `ended after call ${call}` });
          continue;
        }
        const { trouble } = await migrateAll(specBefore, { ...wanted, nothing: true }, host);
        expect(trouble).toBeNull();
        if (past.dump().join() !== before.join()) await undoAll(specBefore);
        expect(past.dump(), `ended after call ${call}`).toEqual(before);
      }

      for (const [i, method] of calls.entries()) {
        if (!CHANGES[method] && !SYNCS.has(method)) continue;
        const call = i + 1;
        const full = faultyWriter(writer, { call, errno: ENOSPC });
        await migrateAll(spec, wanted, { ...host, writer: full });
        const states = (await journals(spec, host)).journals.map(({ state }) => state);
        if (states.every((state) => state === "undone") && past.dump().join() === before.join()) continue;
        await expectSameEnd(spec, wanted, past, { before, after, when: `no space in call ${call}` });
      }
    } finally {
      past.dispose();
    }
  });
});

/** Calls that find out late that there was no space. */
const SYNCS: ReadonlySet<WriterMethod> = new Set(["sync", "syncAll"]);

/** Calls that leave something else on the disk than there was. */
const CHANGES = {
  openWritable: false,
  openWritableLayer: false,
  openOwned: false,
  lock: false,
  setXattr: true,
  link: true,
  unlink: true,
  rmdir: true,
  rename: true,
  whiteout: true,
  mkdir: true,
  dress: true,
  times: false,
  setTimes: true,
  append: true,
  read: false,
  sync: false,
  syncAll: false,
  space: false,
  copyData: true,
  settle: true,
  empty: true,
} as const satisfies Record<WriterMethod, boolean>;

interface Ends {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly when: string;
}

async function expectSameEnd(
  spec: MountSpec,
  wanted: Wanted,
  past: Past,
  { before, after, when }: Ends,
): Promise<void> {
  const { trouble } = await migrateAll(spec, wanted, host);
  expect(trouble, when).toBeNull();
  expect(outline(past.dump()), when).toEqual(outline(after));
  await undoAll(spec);
  expect(past.dump(), when).toEqual(before);
}

function fillLower(past: Past): void {
  const lower = (name: string): string => join(past.dir, "lower", name);
  mkdirSync(lower("d"));
  writeFileSync(lower("d/x"), "1");
  writeFileSync(lower("l"), "1");
  linkSync(lower("l"), lower("l2"));
}

/** A directory with another name, a file and a hard link written to, and one that is gone. */
function work(at: string): void {
  writeFileSync(join(at, "l"), "2");
  renameSync(join(at, "d"), join(at, "e"));
  writeFileSync(join(at, "a"), "2");
  rmSync(join(at, "b"));
}

function exported(past: Past): void {
  fillLower(past);
  past.live([...EXPORTED, REDIRECTS], work);
}

function unindexed(past: Past): void {
  fillLower(past);
  past.live([...INDEX_OFF, REDIRECTS], work);
}

/** What user.* can be on and what it cannot, and a directory that is opaque. */
function withAllTypes(past: Past): void {
  fillLower(past);
  symlinkSync("l", join(past.dir, "lower/s"));
  past.live(EXPORTED, (at) => {
    writeFileSync(join(at, "l"), "2");
    lchownSync(join(at, "s"), 1, 1);
    rmSync(join(at, "d"), { recursive: true });
    mkdirSync(join(at, "d"));
  });
}

/** Exported, then changed without the index. */
function neglected(past: Past): void {
  fillLower(past);
  past.live([...EXPORTED, REDIRECTS], (at) => {
    writeFileSync(join(at, "l"), "2");
    renameSync(join(at, "d"), join(at, "e"));
  });
  past.live([...INDEX_OFF, REDIRECTS], (at) => {
    writeFileSync(join(at, "e/x"), "2");
    rmSync(join(at, "b"));
  });
}

/** Of a hard link, a file with another name, one without data and a setuid one, only the metadata is copied up. */
function touched(past: Past): void {
  fillLower(past);
  writeFileSync(join(past.dir, "lower/empty"), "");
  past.live([["index", "on"], ["nfs_export", "off"], ["metacopy", "on"], REDIRECTS], (at) => {
    chmodSync(join(at, "l"), 0o600);
    renameSync(join(at, "a"), join(at, "a2"));
    chmodSync(join(at, "empty"), 0o600);
    chmodSync(join(at, "d/x"), 0o4755);
  });
}

/** In another place; what it was copied from is in `old`. */
function moved(past: Past): void {
  exported(past);
  const old = join(past.dir, "old");
  mkdirSync(old);
  const layers = ["lower", "upper", "work"];
  for (const layer of layers) renameSync(join(past.dir, layer), join(old, layer));
  execFileSync("cp", ["-a", ...layers.map((layer) => join(old, layer)), past.dir]);
}

/** Moved, and below it another image: a directory is gone, a file is new. */
function rebuilt(past: Past): void {
  moved(past);
  rmSync(join(past.dir, "lower/d"), { recursive: true });
  writeFileSync(join(past.dir, "lower/made"), "");
}

async function undoAll(spec: MountSpec): Promise<void> {
  for (;;) {
    const [newest] = (await journals(spec, host)).journals.filter(({ state }) => state === "done");
    if (newest === undefined) return;
    const request = { journal: newest.path, dryRun: false, accept: async () => true, asked: () => false };
    const { trouble } = await undo(spec, request, host);
    expect(trouble).toBeNull();
  }
}

/** What is made anew has another inode each time; a whiteout that could not be swept up may share one of it. */
const outline = (lines: readonly string[]): string[] =>
  lines.map((line) => line.replace(/ ino=\d+/, "").replace(/( mode=20000) nlink=\d+/, "$1"));
