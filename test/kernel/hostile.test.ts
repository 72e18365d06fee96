/**
 * Whoever wrote the upper layer wants root to write elsewhere. Each case plants something in the layers of an overlay
 * that has plenty to be repaired, and victims beside them; what the commands do ends in a result, never in an
 * exception, and the victims are what they were.
 */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { expect, it } from "vitest";
import type { Require } from "../../src/lib/mount/spec.js";
import type { RunCommand } from "../../src/lib/repair/run-result.js";
import { repair } from "../../src/lib/repair.js";
import { Overlay } from "../fixtures/support/overlay.js";
import { dump } from "../support/dump.js";
import { needsRoot } from "../support/root.js";
import { must, sys } from "../support/sys.js";

const VICTIMS = "disk/victims";

/** An overlay that was exported, then written to without its index: missing entries, tombstones and impure marks. */
function stage(): Overlay {
  const o = new Overlay({ lowers: 2 });
  o.files("lower/a/one", "lower/a/two", "lower/b/c/three", "lower/d/four", "lower2/a/five");
  o.link("lower/a/one", "lower/linked");
  o.live();
  o.live(() => {
    o.file("mnt/a/one", "new");
    o.file("mnt/b/c/three", "new");
    o.move("mnt/d", "mnt/moved");
    o.remove("mnt/a/two");
  }, "plain");
  o.unset("upper/b", "impure");
  o.file(`${VICTIMS}/file`, "precious");
  o.file(`${VICTIMS}/dir/a/one`, "precious");
  o.set(`${VICTIMS}/file`, "origin", o.handle("lower/linked"));
  o.set(`${VICTIMS}/dir`, "impure", "y");
  return o;
}

/** What is planted: each where a command looks, or would write. */
const PLANTS: Readonly<Record<string, (o: Overlay) => void>> = {
  "nothing, so that there is something to be done": () => undefined,
  "a symlink in place of a copied-up directory": (o) => {
    o.move("upper/b", `${VICTIMS}/moved-b`);
    o.symlink(o.path(`${VICTIMS}/moved-b`).toString(), "upper/b");
  },
  "a relative symlink in place of a nested directory": (o) => {
    o.move("upper/b/c", `${VICTIMS}/moved-c`);
    o.symlink("../../victims/moved-c", "upper/b/c");
  },
  "a symlink in place of the index": (o) => {
    o.move("work/index", `${VICTIMS}/index`);
    o.symlink(o.path(`${VICTIMS}/index`).toString(), "work/index");
  },
  "symlinks in place of index entries": (o) => {
    for (const lower of ["lower/a/two", "lower/d", "lower/b/c/three"]) {
      o.symlink(o.path(`${VICTIMS}/file`).toString(), o.entry(lower));
    }
  },
  "a symlink in place of the journals' folder": (o) => {
    o.symlink(o.path(VICTIMS).toString(), "work/ovl-index");
  },
  "a journals' folder full of symlinks": (o) => {
    o.dir("work/ovl-index");
    for (const name of ["0001-repair", "0001-repair.open", "0002-build.undoing", "x"]) {
      o.symlink(o.path(`${VICTIMS}/dir`).toString(), `work/ovl-index/${name}`);
    }
  },
  "a run's folder with a journal that is a symlink": (o) => {
    o.dir("work/ovl-index/0001-repair.open/aside", "work/ovl-index/0001-repair.open/kept");
    o.symlink(o.path(`${VICTIMS}/file`).toString(), "work/ovl-index/0001-repair.open/journal");
  },
  "a journal that is a fifo": (o) => {
    o.dir("work/ovl-index/0001-repair.open");
    o.fifo("work/ovl-index/0001-repair.open/journal");
  },
  "redirects that lead out": (o) => {
    for (const [name, redirect] of [
      ["up", ".."],
      ["out", "/../victims/dir"],
      ["deep", "/a/../../victims"],
      ["dot", "/./a"],
      ["absolute", o.path(`${VICTIMS}/dir`).toString()],
    ] as const) {
      o.dir(`upper/${name}`);
      o.set(`upper/${name}`, "redirect", redirect);
    }
  },
  "an index entry's name for a victim, and its upper, and origins of victims": (o) => {
    o.dir("upper/claims");
    o.set("upper/claims", "origin", o.handle(`${VICTIMS}/dir`));
    o.file("upper/claims-file");
    o.set("upper/claims-file", "origin", o.handle(`${VICTIMS}/file`));
    const entry = `index/${o.handle("lower/b").toString("hex")}`;
    o.dir(entry);
    o.set(entry, "upper", o.handle(`${VICTIMS}/dir`, true));
    o.dir(`index/${o.handle(`${VICTIMS}/dir`).toString("hex")}`);
  },
  "a hard link to a victim as an index entry and as an upper name": (o) => {
    o.link(`${VICTIMS}/file`, "upper/linked");
    o.link(`${VICTIMS}/file`, `index/${o.handle("lower/linked").toString("hex")}`);
  },
  "xattrs of the largest size and of no sense": (o) => {
    const large = Buffer.alloc(3000, 0xff);
    for (const name of ["origin", "redirect", "opaque", "impure", "nlink", "upper", "metacopy"]) {
      o.file(`upper/x-${name}`);
      o.set(`upper/x-${name}`, name, large);
      o.dir(`upper/d-${name}`);
      o.set(`upper/d-${name}`, name, Buffer.from([0]));
    }
  },
  "fifos, sockets and devices at every name": (o) => {
    o.fifo("upper/a/fifo");
    o.fifo(`index/${o.handle("lower/a/two").toString("hex")}`);
    o.remove("upper/moved");
    o.fifo("upper/moved");
    // /dev/zero by another name: reading it would never end.
    must(sys.mknod(o.path("upper/a/zero"), 0o020666, 1, 5), "mknod");
  },
  "names of any bytes": (o) => {
    for (const bytes of [
      "new\nline",
      "esc\x1b[2Jape",
      "\xff\xfe",
      "x".repeat(255),
      "-rf",
      "$(touch pwned)",
    ]) {
      const dir = Buffer.concat([o.path("upper/a/"), Buffer.from(bytes, "latin1")]);
      mkdirSync(dir);
      must(sys.setxattr(dir, Buffer.from("trusted.overlay.redirect"), Buffer.from("gone"), 0), "setxattr");
    }
  },
  "a mount inside upper and one over the index": (o) => {
    o.attach("upper/b/c/below", "tmpfs");
    o.file("upper/b/c/below/mounted", "precious");
    o.attach("work/index", "tmpfs");
  },
};

needsRoot("hostile layers", () => {
  it.each(
    (["repair", "build"] as const).flatMap((command) => Object.keys(PLANTS).map((plant) => [command, plant])),
  )("%s: %s", async (command, plant) => {
    const o = stage();
    try {
      PLANTS[plant]?.(o);
      const before = victims(o, plant);
      const result = await act(o, command as RunCommand, "nfs-export");
      expect(victims(o, plant)).toEqual(before);
      expect(o.names("disk")).toEqual(
        expect.arrayContaining(["lower", "lower2", "upper", "victims", "work"]),
      );
      assert.equal(result.applied > 0 || result.trouble !== null || result.after !== null, true);
      // What can be done is: the plain case shows that these overlays have something to be done.
      if (plant.startsWith("nothing")) expect(result.applied).toBeGreaterThan(3);
    } finally {
      o.dispose();
    }
  });
});

/** An inode that upper has is upper's, whoever else has it: its overlay xattrs may change, and nothing else. */
function victims(o: Overlay, plant: string): string[] {
  const lines = dump([o.path(VICTIMS)], { times: true });
  return plant.startsWith("a hard link")
    ? lines.map((line) => line.replace(/ trusted\.overlay\..*/, ""))
    : lines;
}

function act(o: Overlay, command: RunCommand, require: Require) {
  return repair(o.spec(), {
    command,
    require,
    mode: "yes",
    decide: async (plan) => plan.actions,
    asked: () => false,
  });
}
