/**
 * A migration that is interrupted at any call, or finds no space: the next one recovers and comes to the same end, and
 * undo takes all of it back.
 */
import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { native } from "../../src/lib/host/addon.js";
import { files } from "../../src/lib/host/files.js";
import { writer } from "../../src/lib/host/system-writer.js";
import type { MountSpec } from "../../src/lib/mount/spec.js";
import { journals, undo } from "../../src/lib/repair.js";
import { migrateAll, type Wanted } from "../kernel/migrations/lived.js";
import { EXPORTED, INDEX_OFF, Past } from "../support/past.js";
import { needsRoot } from "../support/root.js";
import { faultyWriter } from "../support/writer-faults.js";
import { everyEnd, Mortal } from "./mortal.js";

const REDIRECTS = ["redirect_dir", "on"] as const;
const ENOSPC = -28;
/** Of all ends, every so many: each is a check before and two after. */
const STRIDE = 5;

const CASES: readonly { name: string; uuid?: "off"; wanted: Wanted }[] = [
  { name: "on-off-on", wanted: {} },
  { name: "uuid", uuid: "off", wanted: { only: ["uuid"] } },
  { name: "detach", wanted: { detach: true, require: "plain" } },
];

needsRoot("a migration", () => {
  it.each(CASES)("$name, interrupted or out of space anywhere", async ({ uuid, wanted }) => {
    const past = new Past();
    try {
      live(past);
      const spec = {
        ...past.spec(),
        options: { redirectDir: "on", ...(uuid === undefined ? {} : { uuid }) },
      } as const;
      const before = past.dump();
      const whole = new Mortal();
      await whole.liveLong(async ({ writer: counted }) => {
        const done = await migrateAll(spec, wanted, { native, files, writer: counted });
        expect(done.changed).toBe(true);
      });
      const after = past.dump();
      await undoAll(spec);
      expect(past.dump()).toEqual(before);

      for (const end of everyEnd(whole.calls).filter((_, i) => i % STRIDE === 0)) {
        const mortal = new Mortal(end);
        await mortal.liveLong(async ({ writer: mine }) => {
          await migrateAll(spec, wanted, { native, files, writer: mine });
        });
        await migrateAll(spec, wanted);
        expect(outline(past.dump()), JSON.stringify(end)).toEqual(outline(after));
        await undoAll(spec);
        expect(past.dump(), JSON.stringify(end)).toEqual(before);
      }

      for (let call = 1; call <= whole.calls; call += STRIDE) {
        const full = faultyWriter(writer, { call, errno: ENOSPC });
        await migrateAll(spec, wanted, { native, files, writer: full });
        const again = await migrateAll(spec, wanted);
        expect(again.trouble).toBeNull();
        expect(outline(past.dump()), `no space in call ${call}`).toEqual(outline(after));
        await undoAll(spec);
        expect(past.dump(), `no space in call ${call}`).toEqual(before);
      }
    } finally {
      past.dispose();
    }
  });
});

/** Objects of all kinds, in the index and not, and gone. */
function live(past: Past): void {
  const lower = (name: string): string => join(past.dir, "lower", name);
  mkdirSync(lower("d"));
  writeFileSync(lower("d/x"), "1");
  writeFileSync(lower("l"), "1");
  linkSync(lower("l"), lower("l2"));
  past.live([...EXPORTED, REDIRECTS], (at) => {
    writeFileSync(join(at, "l"), "2");
    renameSync(join(at, "d"), join(at, "e"));
    writeFileSync(join(at, "a"), "2");
  });
  past.live([...INDEX_OFF, REDIRECTS], (at) => {
    writeFileSync(join(at, "e/x"), "2");
    rmSync(join(at, "b"));
  });
}

async function undoAll(spec: MountSpec): Promise<void> {
  for (;;) {
    const [newest] = (await journals(spec)).journals.filter(({ state }) => state === "done");
    if (newest === undefined) return;
    const { trouble } = await undo(spec, {
      journal: newest.path,
      dryRun: false,
      accept: async () => true,
      asked: () => false,
    });
    expect(trouble).toBeNull();
  }
}

/** What is made anew has another inode each time; a whiteout that could not be swept up may share one of it. */
const outline = (lines: readonly string[]): string[] =>
  lines.map((line) => line.replace(/ ino=\d+/, "").replace(/( mode=20000) nlink=\d+/, "$1"));
