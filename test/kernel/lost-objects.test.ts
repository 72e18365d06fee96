/** Which lower objects need a tombstone: all of them for a plan, the topmost alone for a person. */
import { expect, it } from "vitest";
import { check } from "../../src/lib/check.js";
import { Overlay } from "../fixtures/support/overlay.js";
import { needsRoot } from "../support/root.js";
import { printable } from "../support/tree.js";

async function lost(o: Overlay, each: boolean): Promise<string[]> {
  const { findings } = await check(o.spec(), { require: "nfs-export", each });
  return findings
    .filter(({ code }) => code === "tombstone-missing")
    .map(({ path }) => printable(path ?? Buffer.alloc(0)))
    .sort();
}

function onOverlay(lowers: number, build: (o: Overlay) => void, look: (o: Overlay) => Promise<void>) {
  return async () => {
    const o = new Overlay({ lowers });
    try {
      build(o);
      await look(o);
    } finally {
      o.dispose();
    }
  };
}

needsRoot("lower objects that no name reaches", () => {
  it(
    "are told with the directory that they were in, or each",
    onOverlay(
      1,
      (o) => {
        o.files("lower/d/f", "lower/d/sub/g", "lower/top");
        o.live(() => o.remove("mnt/d"), "plain");
      },
      async (o) => {
        expect(await lost(o, false)).toEqual(["d"]);
        expect(await lost(o, true)).toEqual(["d", "d/f", "d/sub", "d/sub/g"]);
      },
    ),
  );

  it(
    "are not those that stand elsewhere: moved, copied up, or with a link that shows",
    onOverlay(
      1,
      (o) => {
        o.files("lower/d/moved/f", "lower/d/kept", "lower/d/link", "lower/d/gone");
        o.link("lower/d/link", "lower/other");
        o.live(() => {
          o.move("mnt/d/moved", "mnt/moved");
          o.move("mnt/d/kept", "mnt/kept");
          o.remove("mnt/d");
        }, "plain");
      },
      async (o) => {
        expect(await lost(o, true)).toEqual(["d", "d/gone"]);
      },
    ),
  );

  it(
    "are those whose links are all gone, wherever they were",
    onOverlay(
      1,
      (o) => {
        o.files("lower/d/link");
        o.link("lower/d/link", "lower/other");
        o.live(() => o.remove("mnt/d", "mnt/other"), "plain");
      },
      async (o) => {
        expect(await lost(o, false)).toEqual(["d", "other"]);
        expect(await lost(o, true)).toEqual(["d", "d/link", "other"]);
      },
    ),
  );

  it(
    "are not what a middle layer covers, nor the lower directories of one that was merged",
    onOverlay(
      2,
      (o) => {
        o.files("lower2/d/covered", "lower2/d/below", "lower/d/covered");
        o.live(() => o.remove("mnt/d"), "plain");
      },
      async (o) => {
        expect(await lost(o, true)).toEqual(["d", "d/below", "d/covered"]);
      },
    ),
  );

  it(
    "are not what a middle layer's redirect shows a second time",
    onOverlay(
      2,
      (o) => {
        o.files("lower2/d/f");
        o.dir("lower/again");
        o.set("lower/again", "redirect", "/d");
        o.live(() => o.remove("mnt/d"), "plain");
      },
      async (o) => {
        o.mount("plain");
        expect(o.exists("mnt/again/f")).toBe(true);
        o.umount();
        expect(await lost(o, true)).toEqual(["d"]);
      },
    ),
  );
});
