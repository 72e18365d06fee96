/** docs/kernel.md, "Mount with index=on": what the mount makes of index entries. */
import { strict as assert } from "node:assert";
import type { Overlay } from "../../fixtures/support/overlay.js";
import { needsRoot } from "../../support/root.js";
import { damaged, kept, refused, renamed } from "./indexed.js";
import { row } from "./row.js";

const A = "@lower/a";
const D = "@lower/d";

needsRoot("mount with index=on: every index entry is verified", () => {
  row("name shorter than 42 characters: EINVAL", {
    build: renamed((hex) => hex.slice(0, 40)),
    ...refused("EINVAL"),
  });
  row("name not hex: EINVAL", { build: renamed((hex) => `${hex.slice(0, 50)}zz`), ...refused("EINVAL") });
  row("name with bad magic: EINVAL", {
    build: renamed((hex) => `00fa${hex.slice(4)}`),
    ...refused("EINVAL"),
  });
  row("name shorter than its length field: EINVAL", {
    build: renamed((hex) => hex.slice(0, 50)),
    ...refused("EINVAL"),
  });
  row("name with newer version: ENODATA", {
    build: renamed((hex) => `01${hex.slice(2)}`),
    ...refused("ENODATA"),
  });
  row("name with unknown flag: ENODATA", {
    build: renamed((hex) => `${hex.slice(0, 6)}08${hex.slice(8)}`),
    ...refused("ENODATA"),
  });
  row("name with foreign endianness: ENODATA", {
    build: renamed((hex) => `${hex.slice(0, 6)}01${hex.slice(8)}`),
    ...refused("ENODATA"),
  });

  row("tombstone: kept, not looked into", {
    build: damaged((o) => {
      o.file("lower/gone");
      o.live(() => o.remove("mnt/gone"));
      o.set(o.entry("lower/gone"), "origin", "garbage");
    }),
    ...kept,
    proof: (o) => assert.ok(o.exists(o.entry("lower/gone"))),
  });
  row("directory, nfs_export off: kept, not looked into", {
    build: damaged((o) => o.set(o.entry("lower/d"), "upper", "garbage")),
    indexed: {},
    proof: (o) => assert.ok(o.exists(o.entry("lower/d"))),
  });
  row("directory without upper: removed", {
    build: damaged((o) => o.unset(o.entry("lower/d"), "upper")),
    exported: { removed: [D] },
  });
  for (const [what, damage] of [
    ["empty", (o: Overlay) => o.set(o.entry("lower/d"), "upper", "")],
    ["damaged", (o: Overlay) => o.set(o.entry("lower/d"), "upper", "garbage")],
    ["newer", (o: Overlay) => o.patch(o.entry("lower/d"), "upper", 0, 1)],
  ] as const) {
    row(`directory with an upper that is ${what}: removed`, {
      build: damaged(damage),
      exported: { removed: [D] },
    });
  }
  row("directory whose upper does not decode: orphan, replaced by a tombstone", {
    build: damaged((o) => {
      o.remove("upper/d");
      o.whiteout("upper/d");
    }),
    exported: { tombstoned: [D] },
  });
  row("directory whose upper is on another filesystem: replaced by a tombstone, and the name gives EIO", {
    build: damaged((o) => o.patch(o.entry("lower/d"), "upper", 9, 0x5a)),
    exported: { tombstoned: [D], lookup: ["d EIO"] },
  });
  row("directory whose upper lacks flag 4: kept, and the name gives EIO", {
    build: damaged((o) => o.set(o.entry("lower/d"), "upper", o.handle("upper/d"))),
    exported: { lookup: ["d EIO"] },
  });
  row("directory whose upper is a directory without origin, outside upper: ENODATA", {
    build: damaged((o) => {
      o.dir("outside");
      o.set(o.entry("lower/d"), "upper", o.handle("outside", true));
    }),
    exported: { mount: "ENODATA" },
  });
  row("directory whose upper is not a directory: EIO", {
    build: damaged((o) => o.set(o.entry("lower/d"), "upper", o.handle("upper/a", true))),
    exported: { mount: "EIO" },
  });
  row("directory that is not empty: kept", {
    build: damaged((o) => o.file(`${o.entry("lower/d")}/inside`)),
    ...kept,
  });
  row("upper's origin differs from the name: removed", {
    build: damaged((o) => o.set("upper/a", "origin", o.handle("lower/b"))),
    exported: { removed: [A] },
    indexed: { removed: [A] },
  });
  row("upper directory's origin differs from the name: removed", {
    build: damaged((o) => {
      o.file("lower/e/f");
      o.set("upper/d", "origin", o.handle("lower/e"));
    }),
    exported: { removed: [D], hidden: ["d/f"] },
  });
  for (const [what, damage] of [
    ["has no origin at all", (o: Overlay) => o.unset("upper/a", "origin")],
    ["has an empty origin", (o: Overlay) => o.set("upper/a", "origin", "")],
    ["has a damaged origin", (o: Overlay) => o.patch("upper/a", "origin", 1, 0)],
    ["has a newer origin", (o: Overlay) => o.patch("upper/a", "origin", 0, 1)],
    ["has a foreign origin", (o: Overlay) => o.patch("upper/a", "origin", 3, 1)],
  ] as const) {
    row(`upper ${what}: ENODATA`, { build: damaged(damage), ...refused("ENODATA") });
  }
  row("upper directory has no origin at all: ENODATA", {
    build: damaged((o) => o.unset("upper/d", "origin")),
    exported: { mount: "ENODATA" },
  });
  row("non-directory with link count 1 whose origin no longer decodes: removed", {
    build: damaged((o) => o.remove("upper/l1", "lower/l1", "lower/l2")),
    exported: { removed: ["@lower/l1"] },
    indexed: { removed: ["@lower/l1"] },
  });
  row("non-directory with link count 1 and overlay nlink 0: orphan", {
    build: damaged((o) => {
      o.remove("upper/a");
      o.whiteout("upper/a");
    }),
    exported: { tombstoned: [A] },
    indexed: { removed: [A] },
  });
  row("the same while the lower object can be reached: its name gives EIO from then on", {
    build: damaged((o) => o.remove("upper/a")),
    exported: { tombstoned: [A], lookup: ["a EIO"] },
    indexed: { removed: [A] },
  });
  row("non-directory whose last name was deleted in a later life than it was copied up in: orphan", {
    build: damaged((o) => o.live(() => o.remove("mnt/a"))),
    exported: { tombstoned: [A] },
    indexed: { removed: [A] },
  });
  row("non-directory with link count 1 and other names in the overlay: kept", {
    build: damaged((o) => o.live(() => o.remove("mnt/l1"))),
    ...kept,
    proof: (o) => assert.equal(o.read("mnt/l2"), "mnt/l1"),
  });
  row("a directory in place of a non-directory: kept without nfs_export, and the name gives EIO", {
    build: damaged((o) => {
      o.remove(o.entry("lower/a"));
      o.dir(o.entry("lower/a"));
    }),
    exported: { removed: [A] },
    indexed: { lookup: ["a EIO"] },
  });
  row("name in upper case: kept, and never found by any lookup", {
    build: renamed((hex) => hex.toUpperCase()),
    ...kept,
    proof: (o) => assert.ok(o.exists(o.entry("renamed"))),
  });
  row("name with a character too many: kept, and never found by any lookup", {
    build: renamed((hex) => `${hex}0`),
    ...kept,
    proof: (o) => assert.ok(o.exists(o.entry("renamed"))),
  });
  row("a temporary: removed", {
    build: damaged((o) => o.file("index/#7")),
    ...kept,
    proof: (o) => assert.equal(o.exists("index/#7"), false),
  });
});
