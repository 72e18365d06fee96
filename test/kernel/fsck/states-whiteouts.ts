/** States of an overlay with whiteouts, and what fsck.overlay makes of each. */
import { must, sys } from "../../support/sys.js";
import { CLEAN, LEFT, marked, PREENED, redirected, type State } from "./states.js";

export const WHITEOUTS: Readonly<Record<string, State>> = {
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
