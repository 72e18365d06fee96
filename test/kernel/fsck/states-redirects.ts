/** States of an overlay with redirects, and what fsck.overlay makes of each. */
import { CLEAN, marked, PREENED, redirected, type State, YES_ONLY } from "./states.js";

export const REDIRECTS: Readonly<Record<string, State>> = {
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
