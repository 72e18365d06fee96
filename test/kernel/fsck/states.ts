/** States of an overlay, and what fsck.overlay makes of each. */
import type { Overlay, Shape } from "../../fixtures/support/overlay.js";
import { must, sys } from "../../support/sys.js";

/** Exit codes of -n, -p and -y, each on the state as it was built. */
export type Exits = readonly [n: number, p: number, y: number];

export interface State extends Shape {
  readonly build: (o: Overlay) => void;
  readonly exits: Exits;
  /** Names that -y takes away, as it said. */
  readonly loses?: readonly string[];
  /** What is there, and what is not, after -p, and after -y. */
  readonly p?: Marks;
  /** The same as after -p, unless told. */
  readonly y?: Marks;
}

/** "upper/d", "upper/d redirect", "upper/d redirect=a" */
export interface Marks {
  readonly has?: readonly string[];
  readonly lacks?: readonly string[];
}

export const CLEAN: Exits = [0, 0, 0];
/** No error, and put right nevertheless. */
export const TIDIED: Exits = [0, 1, 1];
export const PREENED: Exits = [4, 1, 1];
export const YES_ONLY: Exits = [4, 4, 1];
export const LEFT: Exits = [4, 4, 4];
export const REFUSED: Exits = [8, 8, 8];

export function redirected(o: Overlay, where: string, to: string): void {
  o.dir(where);
  o.set(where, "redirect", to);
}

export function marked(o: Overlay, ...all: string[]): void {
  for (const where of all) o.set(where, "impure", "y");
}

const WHITEOUTS: Readonly<Record<string, State>> = {
  "orphan whiteouts in upper and in the lowest layer": {
    build(o) {
      o.dir("lower/deep/er");
      for (const where of ["lower/foo", "lower/deep/er/foo", "upper/foo", "upper/bar"]) o.whiteout(where);
    },
    exits: PREENED,
    p: { lacks: ["lower/foo", "lower/deep/er/foo", "upper/foo", "upper/bar"] },
  },
  "whiteouts over something": {
    lowers: 2,
    build(o) {
      o.files("lower2/foo", "lower2/bar");
      o.whiteout("upper/foo");
      o.whiteout("lower/bar");
    },
    exits: CLEAN,
  },
  "an orphan whiteout in a middle layer that upper covers": {
    lowers: 2,
    build(o) {
      o.files("lower2/bar", "upper/bar", "upper/foo");
      o.whiteout("lower/bar");
      o.whiteout("lower/foo");
    },
    exits: PREENED,
    p: { has: ["lower/bar"], lacks: ["lower/foo"] },
  },
  "an orphan whiteout in a lower layer on another file system": {
    disks: 2,
    build(o) {
      o.whiteout("lower/foo");
      o.whiteout("upper/foo");
    },
    exits: PREENED,
    p: { lacks: ["lower/foo", "upper/foo"] },
  },
  "orphan whiteouts that are one inode with others, in a lower layer on another file system": {
    disks: 2,
    lowers: 2,
    build(o) {
      o.files("lower2/a", "lower2/d/f");
      o.dir("lower/d");
      o.whiteout("lower/a");
      for (const name of ["lower/b", "lower/c", "lower/d/e"]) o.link("lower/a", name);
      o.whiteout("lower2/x");
      for (const name of ["lower2/y", "lower2/d/z"]) o.link("lower2/x", name);
    },
    exits: PREENED,
    p: {
      has: ["lower/a", "lower/d"],
      lacks: ["lower/b", "lower/c", "lower/d/e", "lower2/x", "lower2/y", "lower2/d/z"],
    },
  },
  "an orphan whiteout with owner, mode and xattrs of its own in a lower layer on another file system": {
    disks: 2,
    build(o) {
      o.whiteout("lower/foo");
      o.chmod("lower/foo", 0o640);
      o.chown("lower/foo", 1000, 1001);
      o.set("lower/foo", "origin", "x");
      must(sys.setxattr(o.path("lower/foo"), Buffer.from("trusted.other"), Buffer.alloc(0), 0), "setxattr");
    },
    exits: PREENED,
    p: { lacks: ["lower/foo"] },
  },
  "an orphan whiteout that another one could not replace, in a lower layer on another file system": {
    disks: 2,
    build(o) {
      o.whiteout("lower/foo");
      const name = Buffer.from("security.of-this-inode");
      must(sys.setxattr(o.path("lower/foo"), name, Buffer.from("signed"), 0), "setxattr");
    },
    exits: LEFT,
    p: { has: ["lower/foo"] },
    y: { has: ["lower/foo"] },
  },
  "an orphan whiteout in a lower layer that is read-only, on another file system": {
    disks: 2,
    build(o) {
      o.whiteout("lower/foo");
      o.remountReadonly(1);
    },
    exits: LEFT,
    p: { has: ["lower/foo"] },
    y: { has: ["lower/foo"] },
  },
  "orphan whiteouts in a lower layer that is read-only": {
    disks: 2,
    build(o) {
      o.whiteout("lower/foo");
      o.whiteout("upper/foo");
      o.remountReadonly(1);
    },
    exits: LEFT,
    p: { has: ["lower/foo"], lacks: ["upper/foo"] },
    y: { has: ["lower/foo"], lacks: ["upper/foo"] },
  },
  "a lower layer that is read-only, and nothing wrong in it": {
    disks: 2,
    build(o) {
      o.file("lower/foo");
      o.whiteout("upper/foo");
      o.whiteout("upper/bar");
      o.remountReadonly(1);
    },
    exits: PREENED,
    p: { has: ["upper/foo"], lacks: ["upper/bar"] },
  },
  "a whiteout in an opaque directory": {
    build(o) {
      o.file("lower/d/foo");
      o.dir("upper/d");
      o.set("upper/d", "opaque", "y");
      o.whiteout("upper/d/foo");
    },
    exits: PREENED,
    p: { has: ["upper/d opaque=y"], lacks: ["upper/d/foo"] },
  },
  "whiteouts in directories that are not merged with what they would cover": {
    lowers: 2,
    build(o) {
      o.files("lower2/d1/foo", "lower2/d2/foo", "lower2/d3/foo", "lower/d1");
      o.whiteout("lower/d2");
      o.dir("lower/d3");
      o.set("lower/d3", "opaque", "y");
      for (const dir of ["d1", "d2", "d3", "d4"]) {
        o.dir(`upper/${dir}`);
        o.whiteout(`upper/${dir}/foo`);
      }
    },
    exits: PREENED,
    p: { has: ["lower/d2"], lacks: ["upper/d1/foo", "upper/d2/foo", "upper/d3/foo", "upper/d4/foo"] },
  },
  "a whiteout in a redirected directory, over what stands under its new name": {
    build(o) {
      o.dir("lower/origin");
      o.file("lower/d/foo");
      redirected(o, "upper/d", "origin");
      o.whiteout("upper/d/foo");
    },
    exits: PREENED,
    loses: ["origin"],
    p: { has: ["upper/d redirect=origin", "upper/origin"], lacks: ["upper/d/foo"] },
  },
  "a whiteout in a redirected directory, over what stands under its old name": {
    build(o) {
      o.file("lower/origin/foo");
      marked(o, "upper");
      redirected(o, "upper/d", "origin");
      o.whiteout("upper/origin");
      o.whiteout("upper/d/foo");
    },
    exits: CLEAN,
  },
  "a whiteout below a directory that a middle layer redirects": {
    lowers: 2,
    build(o) {
      o.file("lower2/origin/sub/foo");
      redirected(o, "lower/d", "origin");
      o.whiteout("lower/origin");
      o.dir("upper/d/sub");
      o.whiteout("upper/d/sub/foo");
      marked(o, "lower", "upper", "upper/d");
    },
    exits: CLEAN,
  },
  "a whiteout below a redirect inside of an opaque directory": {
    build(o) {
      o.file("lower/origin/foo");
      o.dir("upper/d");
      o.set("upper/d", "opaque", "y");
      redirected(o, "upper/d/sub", "/origin");
      o.whiteout("upper/d/sub/foo");
      o.whiteout("upper/origin");
      marked(o, "upper/d");
    },
    exits: CLEAN,
  },
};

const REDIRECTS: Readonly<Record<string, State>> = {
  "a redirect to nothing": {
    build: (o) => redirected(o, "upper/d", "nothing"),
    exits: PREENED,
    p: { has: ["upper/d"], lacks: ["upper/d redirect", "upper/d opaque"] },
  },
  "a redirect to nothing, from the root": {
    build: (o) => redirected(o, "upper/d", "/no/such/place"),
    exits: PREENED,
    p: { lacks: ["upper/d redirect"] },
  },
  "a redirect to a file": {
    build(o) {
      o.file("lower/origin");
      redirected(o, "upper/d", "origin");
    },
    exits: PREENED,
    p: { lacks: ["upper/d redirect"] },
  },
  "a redirect in the lowest layer": {
    build: (o) => redirected(o, "lower/d", "nothing"),
    exits: PREENED,
    p: { lacks: ["lower/d redirect"] },
  },
  "a redirect to nothing in a lower layer on another file system": {
    disks: 2,
    build: (o) => redirected(o, "lower/d", "nothing"),
    exits: PREENED,
    p: { lacks: ["lower/d redirect"] },
  },
  "a redirect to nothing, over a directory of its name": {
    build(o) {
      o.dir("lower/d");
      redirected(o, "upper/d", "nothing");
    },
    exits: YES_ONLY,
    p: { has: ["upper/d redirect=nothing"], lacks: ["upper/d opaque"] },
    y: { has: ["upper/d opaque=y"], lacks: ["upper/d redirect"] },
  },
  "the same in a middle layer": {
    lowers: 2,
    build(o) {
      o.file("lower2/d/f");
      redirected(o, "lower/d", "nothing");
    },
    exits: YES_ONLY,
    p: { has: ["lower/d redirect=nothing"] },
    y: { has: ["lower/d opaque=y"], lacks: ["lower/d redirect"] },
  },
  "a redirect to a file, over a directory of its name, and an orphan whiteout": {
    build(o) {
      o.files("lower/d/f", "lower/origin");
      redirected(o, "upper/d", "origin");
      o.whiteout("upper/foo");
    },
    // Not 5, though something was corrected.
    exits: YES_ONLY,
    p: { has: ["upper/d redirect=origin"], lacks: ["upper/foo"] },
    y: { has: ["upper/d opaque=y"], lacks: ["upper/d redirect", "upper/foo"] },
  },
  "a redirect to what a middle layer has deleted": {
    lowers: 2,
    build(o) {
      o.file("lower2/origin/f");
      o.whiteout("lower/origin");
      redirected(o, "upper/d", "origin");
    },
    exits: PREENED,
    p: { lacks: ["upper/d redirect"] },
  },
  "a redirect and its whiteout": {
    build(o) {
      o.dir("lower/origin");
      o.whiteout("upper/origin");
      redirected(o, "upper/d", "origin");
      marked(o, "upper");
    },
    exits: CLEAN,
  },
  "a redirect from another directory": {
    build(o) {
      o.dir("lower/origin");
      o.whiteout("upper/origin");
      redirected(o, "upper/d/e", "/origin");
      marked(o, "upper/d");
    },
    exits: CLEAN,
  },
  "a missing whiteout over a redirect's old place": {
    build(o) {
      o.file("lower/origin/f");
      redirected(o, "upper/d", "origin");
    },
    exits: PREENED,
    loses: ["origin"],
    p: { has: ["upper/d redirect=origin", "upper/origin"] },
  },
  "two directories that have changed places": {
    build(o) {
      o.dir("lower/d1", "lower/d2");
      redirected(o, "upper/d1", "d2");
      redirected(o, "upper/d2", "d1");
      marked(o, "upper");
    },
    exits: CLEAN,
  },
  "duplicate redirects in upper": {
    build(o) {
      o.file("lower/origin/f");
      redirected(o, "upper/d1", "origin");
      redirected(o, "upper/d2", "origin");
      o.whiteout("upper/origin");
    },
    exits: YES_ONLY,
    loses: ["d1/f", "d2/f"],
    p: { has: ["upper/d1 redirect=origin", "upper/d2 redirect=origin"] },
  },
  "duplicate redirects of two layers": {
    lowers: 2,
    build(o) {
      o.dir("lower2/origin");
      redirected(o, "lower/d1", "origin");
      redirected(o, "lower/d2", "origin");
      redirected(o, "upper/d3", "origin");
    },
    exits: YES_ONLY,
    p: { has: ["upper/d3 redirect", "lower/d1 redirect", "lower/d2 redirect"] },
    y: { lacks: ["upper/d3 redirect"] },
  },
  "a redirect beside a merge directory of the same lower one": {
    build(o) {
      o.file("lower/origin/f");
      o.dir("upper/origin");
      redirected(o, "upper/d", "origin");
    },
    exits: YES_ONLY,
    loses: ["d/f"],
    p: { has: ["upper/d redirect=origin"] },
    y: { has: ["upper/origin"], lacks: ["upper/d redirect", "upper/origin opaque"] },
  },
  "the same where the redirected one would merge by its name": {
    build(o) {
      o.files("lower/origin/f", "lower/d/g");
      o.dir("upper/origin");
      redirected(o, "upper/d", "origin");
    },
    exits: YES_ONLY,
    loses: ["d/f"],
    y: { has: ["upper/d opaque=y"], lacks: ["upper/d redirect"] },
  },
  "a malformed redirect": {
    build: (o) => redirected(o, "upper/d", "a//b/"),
    exits: YES_ONLY,
    y: { lacks: ["upper/d redirect"] },
  },
  "a redirect of a middle layer that nothing covers": {
    lowers: 2,
    build(o) {
      o.file("lower2/origin/f");
      redirected(o, "lower/d", "origin");
      marked(o, "lower");
    },
    exits: CLEAN,
  },
  "a directory renamed, then its parent": {
    build(o) {
      o.files("lower/p/c/f", "lower/p/g");
      o.live(() => {
        o.move("mnt/p/c", "mnt/p/c2");
        o.move("mnt/p", "mnt/p2");
      });
    },
    exits: CLEAN,
  },
  "the same without an index": {
    build(o) {
      o.files("lower/p/c/f", "lower/p/g");
      o.live(() => {
        o.move("mnt/p/c", "mnt/p/c2");
        o.move("mnt/p", "mnt/p2");
      }, "plain");
    },
    exits: CLEAN,
  },
  "directories renamed, and others made in their place": {
    build(o) {
      o.files("lower/a/f", "lower/b/g");
      o.live(() => {
        o.move("mnt/a", "mnt/c");
        o.move("mnt/b", "mnt/a");
        o.dir("mnt/b");
      }, "plain");
    },
    exits: CLEAN,
  },
};

const IMPURE: Readonly<Record<string, State>> = {
  "impure lost where files and directories were copied up": {
    build(o) {
      o.files("lower/d1/foo", "lower/d2/sub/f");
      o.live(() => {
        o.chmod("mnt/d1/foo", 0o600);
        o.chmod("mnt/d2/sub", 0o700);
      }, "plain");
      for (const dir of ["upper/d1", "upper/d2"]) o.unset(dir, "impure");
    },
    exits: TIDIED,
    p: { has: ["upper/d1 impure=y", "upper/d2 impure=y"] },
  },
  "impure lost beside a redirect": {
    build(o) {
      o.dir("lower/origin");
      redirected(o, "upper/d/sub", "/origin");
      o.whiteout("upper/origin");
    },
    exits: TIDIED,
    p: { has: ["upper/d impure=y"] },
  },
  "impure lost beside a merge directory": {
    build: (o) => o.dir("lower/d", "upper/d"),
    exits: TIDIED,
    p: { has: ["upper impure=y"] },
  },
  "impure lost in a middle layer": {
    lowers: 2,
    build(o) {
      o.files("lower2/d/f", "lower/d/f");
      o.set("lower/d/f", "origin", o.handle("lower2/d/f"));
    },
    exits: TIDIED,
    p: { has: ["lower/d impure=y"] },
  },
  "impure lost in a middle layer, beside a redirect without an origin": {
    lowers: 2,
    build(o) {
      o.files("lower2/origin/f");
      redirected(o, "lower/d/moved", "/origin");
      o.whiteout("lower/origin");
    },
    exits: TIDIED,
    p: { has: ["lower/d impure=y"], lacks: ["lower impure"] },
  },
  "impure lost in a middle layer, beside a metadata-only file without an origin": {
    lowers: 2,
    options: "metacopy=on",
    build(o) {
      o.files("lower2/d/f", "lower2/d/g");
      o.file("lower/d/f", "");
      o.set("lower/d/f", "metacopy", "");
    },
    exits: TIDIED,
    p: { has: ["lower/d impure=y"], lacks: ["lower impure"] },
  },
  "a redirect to nothing makes nothing impure": {
    lowers: 2,
    build: (o) => redirected(o, "lower/d/e", "nothing"),
    exits: PREENED,
    p: { lacks: ["lower/d/e redirect", "lower/d impure"] },
  },
  "lower layers of ordinary directories that merge": {
    lowers: 3,
    build: (o) => o.files("lower/d/a", "lower2/d/b", "lower3/d/c", "lower3/d/e/f"),
    exits: CLEAN,
  },
};

const HEALTHY: Readonly<Record<string, State>> = {
  "nothing at all": { build: () => undefined, exits: CLEAN },
  "temporaries at rest in index and work": {
    build(o) {
      o.file("lower/f");
      o.live(() => o.chmod("mnt/f", 0o600));
      o.file("work/index/#1f");
      o.dir("work/work/#2a");
    },
    exits: CLEAN,
  },
  tombstones: {
    build(o) {
      o.files("lower/f", "lower/d/g");
      o.live(() => o.remove("mnt/f", "mnt/d"));
    },
    exits: CLEAN,
  },
  "the overlay's UUID": {
    options: "uuid=on",
    build(o) {
      o.file("lower/f");
      o.live(() => o.chmod("mnt/f", 0o600));
    },
    exits: CLEAN,
  },
  protattr: {
    build(o) {
      o.file("lower/f");
      o.live(() => o.chmod("mnt/f", 0o600), "plain");
      o.set("upper/f", "protattr", "ai");
    },
    exits: CLEAN,
  },
  "escaped xattrs of a nested overlay": {
    build(o) {
      o.dir("upper/d", "lower/e");
      o.set("upper/d", "overlay.opaque", "y");
      o.set("lower/e", "overlay.redirect", "/nothing");
    },
    exits: CLEAN,
  },
  "directories copied up before the export": {
    build(o) {
      o.files("lower/d/f", "lower/e/g");
      o.live(() => {
        o.chmod("mnt/d", 0o700);
        o.file("mnt/d/new");
      }, "index");
      o.live(() => o.chmod("mnt/e/g", 0o600));
    },
    exits: CLEAN,
  },
  "on, off, on: handles go wrong, and names do not": {
    build(o) {
      o.files("lower/a", "lower/b");
      o.live();
      o.live(() => {
        o.file("mnt/a", "2");
        o.remove("mnt/b");
      }, "plain");
    },
    exits: CLEAN,
  },
  "metadata-only files": {
    options: "metacopy=on",
    build(o) {
      o.files("lower/f", "lower/d/g");
      o.live(() => {
        o.chmod("mnt/f", 0o600);
        o.move("mnt/d", "mnt/e");
        o.chmod("mnt/e/g", 0o600);
      }, "index");
    },
    exits: CLEAN,
  },
  "xattrs of users": {
    options: "userxattr",
    build(o) {
      o.files("lower/d/f", "lower/g");
      o.live(() => {
        o.chmod("mnt/d/f", 0o600);
        o.remove("mnt/g");
      }, "index");
    },
    exits: CLEAN,
  },
  "handles stored with uuid=off": {
    options: "uuid=off",
    build(o) {
      o.files("lower/d/f", "lower/g");
      o.live(() => {
        o.chmod("mnt/d/f", 0o600);
        o.remove("mnt/g");
      });
    },
    exits: CLEAN,
  },
};

const OTHERS: Readonly<Record<string, State>> = {
  "an index entry that refuses the mount": {
    build(o) {
      o.file("lower/f");
      o.live(() => o.chmod("mnt/f", 0o600));
      o.file("work/index/nonsense");
    },
    exits: YES_ONLY,
  },
  "the index of another upper layer": {
    build(o) {
      o.files("lower/f", "lower/d/g");
      o.live(() => {
        o.chmod("mnt/f", 0o600);
        o.chmod("mnt/d/g", 0o600);
      });
      o.recopy("upper");
    },
    exits: LEFT,
  },
  "an unclean volatile mount, and an orphan whiteout": {
    build(o) {
      o.dir("work/work/incompat/volatile/dirty");
      o.whiteout("upper/foo");
    },
    exits: LEFT,
  },
  "a layer that is missing": { build: (o) => o.remove("lower"), exits: REFUSED },
  "work inside of upper": {
    build(o) {
      o.remove("work");
      o.dir("upper/work");
      o.symlink("upper/work", "disk/work");
    },
    exits: REFUSED,
  },
  "symlinks planted in upper": {
    build(o) {
      o.files("lower/d/sub/f", "disk/outside/d/f");
      o.symlink("../outside/d", "upper/d");
      o.symlink("../outside", "upper/out");
      redirected(o, "upper/e", "/d/sub");
      o.whiteout("upper/x");
    },
    exits: PREENED,
    p: { has: ["disk/outside/d/f", "upper/d", "upper/out"], lacks: ["upper/x"] },
  },
};

export const STATES = { ...WHITEOUTS, ...REDIRECTS, ...IMPURE, ...HEALTHY, ...OTHERS };
