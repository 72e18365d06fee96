import { describe, expect, test } from "vitest";
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
          const held = withoutUuid(taken(lived, from));
          const shown = lived.shown("nfs_export", from);
          await expectRenewed(lived, to, held, shown);
        } finally {
          lived.dispose();
        }
      },
    );

    test.each(SEEDS)("so does it when the filesystem gets another UUID, seed %i", async (seed) => {
      const lived = new Lived("ext4", seed, [{ mode: "nfs_export" }]);
      try {
        const held = withoutUuid(taken(lived, "on"));
        const shown = lived.shown("nfs_export");
        lived.stage.umountDisks();
        for (const disk of lived.stage.disks) disk.giveNewUuid();
        lived.stage.mountDisks();
        await expectRenewed(lived, "on", held, shown);
      } finally {
        lived.dispose();
      }
    });
  });
});

async function expectRenewed(
  lived: Lived,
  uuid: Mode,
  held: readonly string[],
  shown: ReturnType<Lived["shown"]>,
): Promise<void> {
  expect(() => lived.mounted("nfs_export", uuid, () => undefined)).toThrow("ESTALE");
  const before = lived.dump();
  const spec = lived.spec(uuid);
  const done = await migrateAll(spec);
  expect(done.trouble).toBeNull();
  // A file that the kernel has left in the index with no name at all may be told after that.
  expect(done.migrations[0]?.name).toBe("uuid");
  expect(done.after?.ready).toBe(true);
  expect(withoutUuid(taken(lived, uuid))).toEqual(held);
  expect(lived.shown("nfs_export", uuid)).toEqual(shown);
  expect((await migrateAll(spec)).changed).toBe(false);
  expect(await lived.takeBack(spec, done)).toBeNull();
  expect(lived.dump()).toEqual(before);
}
