/** What the rules say that a client's handle leads to, against open_by_handle_at(2) on the mounted overlay. */
import { lstatSync } from "node:fs";
import { expect, it } from "vitest";
import { decodeClientHandle } from "../../src/lib/kernel/decode.js";
import { Overlay, type Shape } from "../fixtures/support/overlay.js";
import { followed, foretold, withRules } from "../fixtures/support/rules.js";
import { needsRoot } from "../support/root.js";
import { sys } from "../support/sys.js";
import { names, under } from "../support/tree.js";

/** Handles of every object of the overlay as it is mounted now, by name and time. */
function collect(o: Overlay, when: string, held: Map<string, Buffer>): void {
  const visit = (path: Buffer, name: string): void => {
    const handle = sys.nameToHandle(path);
    // A name that cannot be looked up has no handle.
    if (typeof handle === "number") return;
    held.set(`${name} ${when}`, handle);
    if (!lstatSync(path).isDirectory()) return;
    for (const child of names(path)) visit(under(path, child), `${name}/${child.toString()}`);
  };
  visit(o.stage.mnt, "");
}

/** Each handle on a mount of its own, so that no other one has filled a cache. */
function follow(o: Overlay, held: ReadonlyMap<string, Buffer>): Record<string, string> {
  const real: Record<string, string> = {};
  for (const [name, handle] of held) {
    o.mount();
    try {
      real[name] = followed(o.stage.mnt, handle);
    } finally {
      o.umount();
    }
  }
  return real;
}

function foretell(o: Overlay, held: ReadonlyMap<string, Buffer>): Record<string, string> {
  return withRules(o.spec(), "nfs-export", (env) =>
    Object.fromEntries(
      [...held].map(([name, handle]) => {
        return [name, foretold(decodeClientHandle(env, handle.readUInt32LE(0), handle.subarray(4)))];
      }),
    ),
  );
}

interface State extends Shape {
  readonly lower?: (o: Overlay) => void;
  /** Between the first export, in which clients get handles, and the second, in which they come back. */
  readonly between: (o: Overlay) => void;
  /** Some of what is to be seen by them, so that the test cannot be right about nothing. */
  readonly sees: Readonly<Record<string, string>>;
}

const LOWER = (o: Overlay): void => {
  o.files("lower/a", "lower/b", "lower/d/f", "lower/d/sub/g", "lower/d/sub/deep/h", "lower/e/i");
  o.link("lower/b", "lower/d/link");
  o.symlink("a", "lower/s");
  o.fifo("lower/p");
};

const STATES: Readonly<Record<string, State>> = {
  "nothing has changed": {
    between: () => undefined,
    sees: { "/d/sub first": "directory d/sub", "/a first": "file lower/a", "/p first": "fifo 644" },
  },
  "files changed, renamed and deleted while exported": {
    between: (o) =>
      o.live(() => {
        o.file("mnt/a", "new");
        o.move("mnt/a", "mnt/e/a");
        o.remove("mnt/b", "mnt/s");
        o.file("mnt/d/link", "linked");
      }),
    sees: { "/a first": "file new", "/s first": "ESTALE", "/b first": "file linked" },
  },
  "directories renamed into one another while exported": {
    between: (o) =>
      o.live(() => {
        o.move("mnt/d/sub", "mnt/e/sub2");
        o.move("mnt/d", "mnt/e/sub2/d2");
        o.move("mnt/e", "mnt/e2");
      }),
    sees: { "/d first": "directory e2/sub2/d2", "/d/sub/deep first": "directory e2/sub2/deep" },
  },
  "a directory deleted while exported": {
    between: (o) => o.live(() => o.remove("mnt/d")),
    sees: {
      "/d first": "ESTALE",
      "/d/sub/deep first": "ESTALE",
      "/d/f first": "ESTALE",
      "/b first": "file lower/b",
    },
  },
  "on, off, on": {
    between: (o) =>
      o.live(() => {
        o.file("mnt/a", "new");
        o.remove("mnt/s", "mnt/e");
        o.move("mnt/d", "mnt/d2");
      }, "plain"),
    sees: {
      "/a first": "file lower/a",
      "/e/i first": "file lower/e/i",
      "/e first": "ESTALE",
      "/d first": "ESTALE",
    },
  },
  "a life with index=on alone": {
    between: (o) =>
      o.live(() => {
        o.file("mnt/a", "new");
        o.file("mnt/b", "new link");
        o.move("mnt/d/sub", "mnt/sub2");
      }, "index"),
    sees: { "/a first": "file lower/a", "/d/link first": "file new link" },
  },
  "tombstones deleted": {
    between: (o) => {
      o.live(() => o.remove("mnt/a", "mnt/e"));
      o.remove(o.entry("lower/a"), o.entry("lower/e"), o.entry("lower/e/i"));
    },
    sees: { "/a first": "file lower/a", "/e first": "ESTALE", "/e/i first": "file lower/e/i" },
  },
  "entries deleted": {
    between: (o) => {
      o.live(() => {
        o.file("mnt/a", "new");
        o.move("mnt/d", "mnt/d2");
      });
      o.remove(o.entry("lower/a"), o.entry("lower/d"));
    },
    sees: { "/a first": "file lower/a", "/d first": "ESTALE", "/d/sub first": "ESTALE" },
  },
  "a tombstone over what is reachable": {
    between: (o) => {
      o.live();
      o.whiteout(o.entry("lower/d"));
      o.whiteout(o.entry("lower/a"));
    },
    sees: { "/a first": "ESTALE", "/d/sub first": "ESTALE", "/d/f first": "file lower/d/f" },
  },
  "a lower directory moved under the overlay": {
    between: (o) => o.move("lower/d/sub", "lower/e/sub"),
    sees: { "/d/sub first": "directory e/sub", "/d/sub/deep first": "directory e/sub/deep" },
  },
  "lower objects moved out of the layer": {
    between: (o) => {
      o.move("lower/d/sub", "outside");
      o.move("lower/a", "outside-a");
    },
    sees: { "/d/sub first": "ESTALE", "/a first": "file lower/a" },
  },
  "upper objects moved out of the layer": {
    between: (o) => {
      o.live(() => o.file("mnt/d/new", "new"));
      o.move("upper/d", "outside");
    },
    sees: { "/d first": "ESTALE" },
  },
  "an entry that leads to another object": {
    between: (o) => {
      o.live(() => o.files("mnt/a", "mnt/e/i"));
      o.remove(o.entry("lower/a"));
      o.link("upper/e/i", o.entry("lower/a"));
    },
    sees: { "/a first": "file lower/a" },
  },
  "an entry for another directory": {
    between: (o) => {
      o.live(() => {
        o.file("mnt/d/new", "new");
        o.file("mnt/e/new", "new");
      });
      o.set(o.entry("lower/d"), "upper", o.handle("upper/e", true));
    },
    sees: { "/e first": "directory e" },
  },
  "an opaque directory above": {
    between: (o) => {
      o.live(() => o.file("mnt/d/new", "new"));
      o.set("upper/d", "opaque", "y");
    },
    sees: { "/d first": "directory d", "/d/sub first": "ESTALE" },
  },
  "a whiteout over a directory above, without a tombstone": {
    between: (o) => o.live(() => o.remove("mnt/d"), "plain"),
    sees: { "/d/sub first": "ESTALE", "/d/f first": "file lower/d/f" },
  },
  "two lower layers": {
    lowers: 2,
    lower: (o) => {
      o.files("lower/d/f", "lower/d/x", "lower2/d/f", "lower2/d/sub/g", "lower2/d/sub/deep/h", "lower2/z/y");
      o.whiteout("lower/z");
    },
    between: (o) =>
      o.live(() => {
        o.move("mnt/d/sub/deep", "mnt/deep");
        o.file("mnt/d/f", "new");
      }),
    sees: {
      "/d/sub first": "directory d/sub",
      "/d/sub/deep first": "directory deep",
      "/d/f first": "file new",
    },
  },
  "a middle layer that redirects": {
    lowers: 2,
    lower: (o) => {
      o.files("lower2/d/sub/g", "lower2/d/f");
      o.dir("lower/m");
      o.set("lower/m", "redirect", "/d");
      o.whiteout("lower/d");
    },
    between: () => undefined,
    sees: { "/m first": "directory m", "/m/sub first": "directory m/sub", "/m/f first": "file lower2/d/f" },
  },
  "lower layers on a file system of their own": {
    disks: 2,
    between: (o) =>
      o.live(() => {
        o.file("mnt/a", "new");
        o.move("mnt/d", "mnt/d2");
      }),
    sees: { "/a first": "file new", "/d/sub first": "directory d2/sub" },
  },
  "uuid=off": {
    options: "uuid=off",
    between: (o) => o.live(() => o.file("mnt/a", "new")),
    sees: { "/a first": "file new" },
  },
};

needsRoot("handles of clients", () => {
  it.each(Object.entries(STATES))("%s", (_name, state) => {
    const o = new Overlay(state);
    try {
      (state.lower ?? LOWER)(o);
      const held = new Map<string, Buffer>();
      o.live(() => {
        o.file("mnt/born", "born in upper");
        o.dir("mnt/made/in");
        collect(o, "first", held);
      });
      state.between(o);
      const real = follow(o, held);
      expect(foretell(o, held)).toEqual(real);
      expect(real).toMatchObject(state.sees);
      // Giving out new handles can copy directories up, and so change what the old ones lead to.
      o.live(() => collect(o, "second", held));
      expect(foretell(o, held)).toEqual(follow(o, held));
    } finally {
      o.dispose();
    }
  });

  it("a handle that is none, or another kernel's, is stale", () => {
    const o = new Overlay();
    try {
      LOWER(o);
      const held = new Map<string, Buffer>();
      o.live(() => collect(o, "first", held));
      const good = held.get("/a first") as Buffer;
      const bad = new Map<string, Buffer>();
      // The bytes of the type that say nothing to overlayfs are for the system call to judge.
      for (let at = 0; at < good.length; at++) {
        if (at === 2 || at === 3) continue;
        const copy = Buffer.from(good);
        copy[at] = (copy[at] ?? 0) ^ 0x5a;
        bad.set(`byte ${at}`, copy);
      }
      for (let length = 5; length < good.length; length++)
        bad.set(`length ${length}`, good.subarray(0, length));
      expect(foretell(o, bad)).toEqual(follow(o, bad));
    } finally {
      o.dispose();
    }
  });
});
