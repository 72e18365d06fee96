import { describe, expect, test } from "vitest";
import { check } from "../../../src/lib/check.js";
import { migrations } from "../../../src/lib/repair.js";
import { needsRoot } from "../../support/root.js";
import { type ClientHandle, takeHandles } from "../eras/objects.js";
import { type Life, Lived, migrateAll } from "./lived.js";

type Mode = "off" | "on";

/** Type of the handle, three bytes, and the structure up to its UUID. */
const BEFORE = 4 + 3 + 5;
const SEEDS = [1, 2, 3, 4];

/** All that is in a handle but the UUID, by path. */
function withoutUuid(handles: readonly ClientHandle[]): string[] {
  return handles.map(({ path, handle }) => {
    const rest = Buffer.concat([handle.subarray(0, BEFORE), handle.subarray(BEFORE + 16)]);
    return `${path.toString("hex")} ${rest.toString("hex")}`;
  });
}

function taken(lived: Lived, uuid: Mode): ClientHandle[] {
  return lived.copied("nfs_export", uuid, () => takeHandles(lived.stage.mnt));
}

describe("uuid", () => {
  needsRoot("against the kernel", () => {
    test.each(
      SEEDS.flatMap((seed) =>
        [
          ["off", "on"],
          ["on", "off"],
        ].map(([from, to]) => ({ seed, from: from as Mode, to: to as Mode })),
      ),
    )(
      "every object keeps its handle but for the UUID: $from to $to, seed $seed",
      async ({ seed, from, to }) => {
        const lives: Life[] = [{ mode: "nfs_export", uuid: from }];
        const lived = new Lived("ext4", seed, lives);
        try {
          const was = await stateOf(lived, from);
          await expectRenewed(lived, to, was);
        } finally {
          lived.dispose();
        }
      },
    );

    test.each(SEEDS)("so does it when the filesystem gets another UUID, seed %i", async (seed) => {
      const lived = new Lived("ext4", seed, [{ mode: "nfs_export" }]);
      try {
        const was = await stateOf(lived, "on");
        lived.stage.umountDisks();
        for (const disk of lived.stage.disks) disk.giveNewUuid();
        lived.stage.mountDisks();
        await expectRenewed(lived, "on", was);
      } finally {
        lived.dispose();
      }
    });
  });
});

/** What must not change: handles but for the UUID, what names show, and what check says. */
async function stateOf(lived: Lived, uuid: Mode) {
  const { counts } = await check(lived.spec(uuid), { require: "nfs-export" });
  return {
    handles: withoutUuid(taken(lived, uuid)),
    shown: lived.shown("nfs_export", uuid),
    found: counts.byCode,
  };
}

async function expectRenewed(
  lived: Lived,
  uuid: Mode,
  was: Awaited<ReturnType<typeof stateOf>>,
): Promise<void> {
  expect(() => lived.mounted("nfs_export", uuid, () => undefined)).toThrow("ESTALE");
  const before = lived.dump();
  const spec = lived.spec(uuid);
  const wishes = { only: null, trustPaths: false, detach: false };
  const asked = { require: "nfs-export", force: false, migrate: { wishes, oldLower: [] } } as const;
  expect((await migrations(spec, asked)).migrations.map(({ name }) => name)).toEqual(["uuid"]);
  const done = await migrateAll(spec, { only: ["uuid"] });
  expect(done.trouble).toBeNull();
  expect(done.migrations.map(({ name }) => name)).toEqual(["uuid"]);
  expect(done.after?.ready).toBe(true);
  expect(await stateOf(lived, uuid)).toEqual(was);
  expect((await migrateAll(spec, { only: ["uuid"] })).changed).toBe(false);
  expect(await lived.takeBack(spec, done)).toBeNull();
  expect(lived.dump()).toEqual(before);
}
