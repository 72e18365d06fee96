import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { check } from "../../../src/lib/check.js";
import { saveFromMount } from "../../../src/lib/handles/save.js";
import { type Verified, verifyLayers, verifyMount } from "../../../src/lib/handles/verify.js";
import type { RunResult } from "../../../src/lib/repair/run-result.js";
import { undo } from "../../../src/lib/repair.js";
import { needsRoot } from "../../support/root.js";
import { scan } from "../../support/tree.js";
import { migrateAll } from "./lived.js";
import { EXPORTED, METADATA, MetadataOnly } from "./metadata-only.js";

const CASES = [
  { fs: "ext4", disks: 1, chains: true, data: true },
  { fs: "ext4", disks: 2, chains: false, data: false },
  { fs: "xfs", disks: 1, chains: true, data: false },
  { fs: "xfs", disks: 2, chains: true, data: true },
  { fs: "btrfs", disks: 1, chains: true, data: true },
  { fs: "btrfs", disks: 2, chains: false, data: false },
] as const;

async function takeBack(o: MetadataOnly, { journal }: RunResult): Promise<void> {
  const asked = { journal, dryRun: false, accept: async () => true, asked: () => false };
  expect((await undo(o.spec(), asked)).trouble).toBeNull();
}

/** Files in upper or the index with a mark, or a redirect, of a metadata-only file. */
const marked = (o: MetadataOnly): string[] =>
  ["upper", "work/index"].flatMap((layer) =>
    scan(Buffer.from(o.at(layer)))
      .filter(
        ({ mode, xattrs }) =>
          xattrs.has("metacopy") || ((mode & 0o170000) === 0o100000 && xattrs.has("redirect")),
      )
      .map(({ rel }) => rel.toString()),
  );

describe("metacopy", () => {
  needsRoot("against the kernel", () => {
    test.each(CASES)(
      "data is copied up, and nothing else changes: %j",
      async ({ fs, disks, chains, data }) => {
        const o = new MetadataOnly(fs, disks, data);
        try {
          o.build(chains);
          o.touch();
          const shown = o.shown(METADATA);
          const files = o.filesOf("upper");
          expect(files.map(({ data: own }) => own)).toEqual(files.map(() => 0));
          const before = o.dump();
          const spec = o.spec();
          const known = (await check(spec, { require: "nfs-export" })).counts.byCode["metacopy-not-followed"];
          expect(known).toBeGreaterThan(14);

          const done = await migrateAll(spec);
          expect(done.trouble).toBeNull();
          expect(done.after?.findings.filter(({ severity }) => severity === "error")).toEqual([]);
          expect(done.after?.ready).toBe(true);
          expect(done.migrations.map(({ name }) => name)).toEqual(["metacopy", "metacopy", "on-off-on"]);

          expect(marked(o)).toEqual([]);
          const now = o.filesOf("upper");
          expect(now.map(({ name, times }) => [name, times])).toEqual(
            files.map(({ name, times }) => [name, times]),
          );
          const below = [...o.filesOf("lower"), ...o.filesOf("data")];
          for (const [name, source] of Object.entries({ ...SOURCES, ...(data ? { below: "blob" } : {}) })) {
            const bytes = [now, below].map(
              (layer, i) => layer.find((one) => one.name === (i === 0 ? name : source))?.data,
            );
            expect(bytes[0], name).toBe(bytes[1]);
          }
          expect((await migrateAll(spec)).changed).toBe(false);
          const migrated = o.dump();
          await takeBack(o, done);
          expect(o.dump()).toEqual(before);

          const again = await migrateAll(spec);
          expect(again.applied).toBe(done.applied);
          expect(outline(o.dump())).toEqual(outline(migrated));
          expect(o.shown(EXPORTED)).toEqual(shown);
          expect(o.shown(EXPORTED)).toEqual(shown);
        } finally {
          o.dispose();
        }
      },
    );

    test("handles of an export before that stay good", async () => {
      const o = new MetadataOnly("ext4");
      const dir = mkdtempSync(join(tmpdir(), "ovl-index-handles-"));
      try {
        o.build(false);
        const file = Buffer.from(join(dir, "handles"));
        const saved = o.live(EXPORTED, (mnt) =>
          saveFromMount(Buffer.from(mnt), { file, replace: false, content: true }),
        );
        o.touch();
        const bad = ({ verdicts }: Verified): [number, number] => [
          verdicts.count("stale"),
          verdicts.count("wrong"),
        ];
        expect((await migrateAll(o.spec())).after?.ready).toBe(true);
        const after = await verifyLayers(o.spec(), { file, content: true });
        expect(bad(after)).toEqual([0, 0]);
        expect(after.verdicts.count("same")).toBe(saved.records);
        const mounted = o.live(EXPORTED, (mnt) => verifyMount(Buffer.from(mnt), { file, content: true }));
        expect(bad(mounted)).toEqual([0, 0]);
        expect(mounted.verdicts.count("same")).toBe(saved.records);
      } finally {
        rmSync(dir, { recursive: true });
        o.dispose();
      }
    });

    test("what is in a lower layer alone is left, and told", async () => {
      const o = new MetadataOnly("ext4");
      try {
        o.build(true);
        const done = await migrateAll(o.spec());
        expect(done.after?.ready).toBe(false);
        expect(done.applied).toBe(0);
        const told = done.left.map(({ finding: { layer, path }, why }) => `${layer} ${path}: ${why}`).sort();
        expect(told).toEqual([
          expect.stringMatching(/^lower\[1\] chain of redirects: .*open it for writing/),
          expect.stringMatching(/^lower\[1\] chain: .*open it for writing/),
        ]);
        // As it says.
        o.live(METADATA, (mnt) => {
          for (const name of ["chain", "chain of redirects"]) chmodSync(join(mnt, name), 0o600);
        });
        expect((await migrateAll(o.spec())).after?.ready).toBe(true);
      } finally {
        o.dispose();
      }
    });
  });
});

/** Files in upper, and where their data comes from. */
const SOURCES = { sparse: "sparse", hole: "hole", large: "large", small: "small", empty: "empty" };

/** What is made anew has another inode and other times. */
const outline = (lines: readonly string[]): string[] =>
  lines.map((line) =>
    line
      .replace(/ ino=\d+/, "")
      .replace(/ [am]time=\d+/g, "")
      .replace(/( mode=20000) nlink=\d+/, "$1")
      .replace(/(overlay.upper)=[0-9a-f]*/, "$1"),
  );
