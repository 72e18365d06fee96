/** docs/kernel.md, "Lookup". */
import { strict as assert } from "node:assert";
import { describe } from "vitest";
import type { Overlay } from "../../fixtures/support/overlay.js";
import { needsRoot } from "../../support/root.js";
import { row } from "./row.js";

/** A merged directory with an entry. */
function merged(o: Overlay): void {
  o.files("lower/d/f", "lower/e/g");
  o.live(() => o.file("mnt/d/new"));
}

/** A renamed directory with an entry. */
function moved(o: Overlay): void {
  o.files("lower/d/f", "lower/e/g");
  o.live(() => o.move("mnt/d", "mnt/moved"));
}

/** A metadata-only copy. */
function metacopy(o: Overlay): void {
  o.file("lower/a", "data");
  o.live(() => o.chmod("mnt/a", 0o600), "index", "metacopy=on");
}

const both = (foretold: { lookup?: string[]; hidden?: string[] }) => ({
  exported: foretold,
  indexed: foretold,
});

needsRoot("lookup", () => {
  describe("merge directories", () => {
    row("a merge directory with no origin gets one set", {
      build: (o) => o.files("lower/d/f", "upper/d/new"),
      ...both({}),
      proof(o) {
        assert.deepEqual(o.names("mnt/d"), ["f", "new"]);
        assert.deepEqual(o.get("upper/d", "origin"), o.handle("lower/d"));
        assert.equal(o.exists(o.entry("lower/d")), false);
      },
    });
    row("a stale origin is never replaced", {
      build(o) {
        merged(o);
        o.replace("lower/d", () => o.file("lower/d/f"));
      },
      exported: { hidden: ["d/f"] },
      indexed: {},
      proof(o) {
        o.names("mnt/d");
        assert.notDeepEqual(o.get("upper/d", "origin"), o.handle("lower/d"));
      },
    });
    row(
      "an origin that does not match the lower directory found by path: not merged with nfs_export=on, else merged",
      {
        build(o) {
          merged(o);
          o.remove(o.entry("lower/d"));
          o.set("upper/d", "origin", o.handle("lower/e"));
        },
        exported: { hidden: ["d/f"] },
        indexed: {},
      },
    );
    row("an origin that is damaged does not match either", {
      build(o) {
        merged(o);
        o.remove(o.entry("lower/d"));
        o.set("upper/d", "origin", "garbage");
      },
      exported: { hidden: ["d/f"] },
      indexed: {},
    });
  });

  describe("metacopy files, with index=on", () => {
    row("an origin that does not match: ESTALE", {
      options: "metacopy=on",
      build(o) {
        metacopy(o);
        o.move("lower/a", "kept");
        o.file("lower/a", "restored");
      },
      indexed: { lookup: ["a ESTALE"] },
    });
    row("without a lower data file: EIO", {
      options: "metacopy=on",
      build(o) {
        metacopy(o);
        o.remove("lower/a");
      },
      indexed: { lookup: ["a EIO"] },
    });
    row("with metacopy=off: EPERM", {
      build: metacopy,
      ...both({ lookup: ["a EPERM"] }),
    });
    row("as it should be: its data is found", {
      options: "metacopy=on",
      build: metacopy,
      indexed: {},
      proof: (o) => assert.equal(o.read("mnt/a"), "data"),
    });
  });

  describe("non-directory, entry found", () => {
    row("a tombstone: EIO", {
      build(o) {
        o.file("lower/a");
        o.live();
        o.whiteout(o.entry("lower/a"));
      },
      ...both({ lookup: ["a EIO"] }),
    });
    row("a tombstone over a copied-up object: EIO", {
      build(o) {
        o.file("lower/a");
        o.live(() => o.file("mnt/a"));
        o.remove(o.entry("lower/a"));
        o.whiteout(o.entry("lower/a"));
      },
      ...both({ lookup: ["a EIO"] }),
    });
    row("a type different from the lower's: EIO", {
      build(o) {
        o.files("lower/a", "lower/fifo");
        o.remove("lower/fifo");
        o.fifo("lower/fifo");
        // The entry has to outlive the mount: two names, and the origin of its name.
        o.live(() => o.chmod("mnt/fifo", 0o600));
        o.remove(o.entry("lower/fifo"));
        o.set("upper/fifo", "origin", o.handle("lower/a"));
        o.link("upper/fifo", o.entry("lower/a"));
      },
      ...both({ lookup: ["a EIO"] }),
    });
    row("an entry that is another inode than the upper is ignored", {
      build(o) {
        o.file("lower/a", "old");
        o.link("lower/a", "lower/b");
        o.live(() => o.file("mnt/a", "new"));
        o.replace("upper/a", () => o.file("upper/a", "restored"));
        o.set("upper/a", "origin", o.handle("lower/a"));
      },
      exported: {},
      indexed: {},
      proof(o) {
        assert.equal(o.read("mnt/a"), "restored");
        assert.equal(o.read("mnt/b"), "new");
      },
    });
  });

  describe("directory, entry found", () => {
    row("no upper there: EIO with nfs_export=on", {
      build(o) {
        moved(o);
        o.remove("upper/d");
      },
      exported: { lookup: ["d EIO"] },
      indexed: { lookup: ["moved ESTALE"] },
    });
    row("upper is not this directory: EIO with nfs_export=on", {
      build(o) {
        moved(o);
        o.dir("upper/zcopy");
        o.set("upper/zcopy", "redirect", "/d");
        o.set("upper/zcopy", "origin", o.handle("lower/d"));
      },
      exported: { lookup: ["zcopy EIO"] },
      indexed: { lookup: ["zcopy ESTALE"] },
    });
  });

  describe("redirects", () => {
    const plainUpper = (o: Overlay): void => assert.deepEqual(o.names("mnt/new"), ["own"]);
    row("to nothing: plain upper", {
      build(o) {
        o.file("upper/new/own");
        o.set("upper/new", "redirect", "/no/such");
      },
      ...both({}),
      proof: plainUpper,
    });
    row("to a non-directory: plain upper", {
      build(o) {
        o.file("lower/f");
        o.file("upper/new/own");
        o.set("upper/new", "redirect", "/f");
      },
      ...both({}),
      proof: plainUpper,
    });
    row("to a whiteout: plain upper", {
      lowers: 2,
      build(o) {
        o.file("lower2/d/f");
        o.whiteout("lower/d");
        o.file("upper/new/own");
        o.set("upper/new", "redirect", "/d");
      },
      ...both({}),
      proof: plainUpper,
    });
    row("to a directory: merged", {
      build: moved,
      ...both({}),
      proof: (o) => assert.deepEqual(o.names("mnt/moved"), ["f"]),
    });
    for (const [what, value] of [
      ["empty", ""],
      ["//", "//"],
      ["trailing /", "/d/"],
      ["a relative value with a /", "d/f"],
    ] as const) {
      row(`${what}: EINVAL`, {
        build(o) {
          moved(o);
          o.set("upper/moved", "redirect", value);
        },
        ...both({ lookup: ["moved EINVAL"] }),
      });
    }
    row("a relative value: a name in the same parent", {
      build(o) {
        o.files("lower/p/d/f");
        o.live(() => o.move("mnt/p/d", "mnt/p/moved"));
        o.set("upper/p/moved", "redirect", "d");
      },
      ...both({}),
      proof: (o) => assert.deepEqual(o.names("mnt/p/moved"), ["f"]),
    });
  });

  describe("opaque directories and whiteouts", () => {
    row("opaque y hides everything below it in lower layers", {
      build(o) {
        o.files("lower/d/f", "upper/d/own");
        o.set("upper/d", "opaque", "y");
      },
      ...both({}),
      proof: (o) => assert.deepEqual(o.names("mnt/d"), ["own"]),
    });
    row("opaque with any other value is ignored", {
      build(o) {
        o.files("lower/d/f", "upper/d/own");
        o.set("upper/d", "opaque", "yes");
      },
      ...both({}),
      proof: (o) => assert.deepEqual(o.names("mnt/d"), ["f", "own"]),
    });
    row("an xattr whiteout below opaque x", {
      lowers: 2,
      build(o) {
        o.files("lower2/d/a", "lower2/d/b");
        o.file("lower/d/a", "");
        o.set("lower/d/a", "whiteout", "");
        o.set("lower/d", "opaque", "x");
        o.set("lower", "opaque", "x");
      },
      ...both({}),
      proof: (o) => assert.deepEqual(o.names("mnt/d"), ["b"]),
    });
  });
});
