/** States of an overlay with a layer on a file system that gives no handles: a directory is known by its place. */
import type { Overlay } from "../../fixtures/support/overlay.js";
import { CLEAN, marked, PREENED, redirected, type State, YES_ONLY } from "./states.js";

const RAM: Pick<State, "lowerPaths"> = { lowerPaths: ["stage/ram"] };
const onRam = (o: Overlay, ...files: string[]): void => {
  o.attach("stage/ram", "ramfs");
  o.files(...files.map((file) => `stage/ram/${file}`));
};
/** An overlay that is not exported, as the middle layer; what is written into it reaches its own upper layer. */
const NESTED: Pick<State, "lowerPaths"> = { lowerPaths: ["stage/nested", "lower"] };
const onNested = (o: Overlay): void => {
  o.dir("stage/below", "stage/above", "stage/scratch");
  const layers = { lowerdir: "stage/below", upperdir: "stage/above", workdir: "stage/scratch" };
  o.attach("stage/nested", "overlay", o.data(layers));
};

export const WITHOUT_HANDLES: Readonly<Record<string, State>> = {
  "duplicate redirects": {
    ...RAM,
    build(o) {
      onRam(o, "origin/f");
      for (const name of ["d1", "d2", "d3"]) redirected(o, `upper/${name}`, "origin");
      o.whiteout("upper/origin");
    },
    exits: YES_ONLY,
    loses: ["d1/f", "d2/f", "d3/f"],
    p: { has: ["upper/d1 redirect=origin", "upper/d2 redirect=origin", "upper/d3 redirect=origin"] },
    y: { has: ["upper/d1 redirect=origin"], lacks: ["upper/d2 redirect", "upper/d3 redirect"] },
  },
  "a redirect beside a merge directory": {
    ...RAM,
    build(o) {
      onRam(o, "origin/f", "d/g");
      o.dir("upper/origin");
      redirected(o, "upper/d", "origin");
    },
    exits: YES_ONLY,
    loses: ["d/f"],
    p: { has: ["upper/d redirect=origin"] },
    y: { has: ["upper/d opaque=y"], lacks: ["upper/d redirect", "upper/origin opaque"] },
  },
  "duplicate redirects, and what was moved out of one of them": {
    ...RAM,
    build(o) {
      onRam(o, "a/b/f");
      for (const name of ["x", "y"]) redirected(o, `upper/${name}`, "a");
      o.whiteout("upper/a");
      redirected(o, "upper/z", "/a/b");
      o.whiteout("upper/x/b");
      marked(o, "upper");
    },
    exits: YES_ONLY,
    loses: ["y/b"],
    y: { has: ["upper/x redirect=a", "upper/z redirect=/a/b"], lacks: ["upper/y redirect"] },
  },
  "a missing whiteout over a redirect's old place": {
    ...RAM,
    build(o) {
      onRam(o, "origin/f");
      redirected(o, "upper/d", "origin");
    },
    exits: PREENED,
    loses: ["origin"],
    p: { has: ["upper/d redirect=origin", "upper/origin"] },
  },
  "directories renamed, and their parents, and others made in their place": {
    ...RAM,
    build(o) {
      onRam(o, "p/c/f", "p/g", "a/f", "b/g", "gone/h");
      o.live(() => {
        o.move("mnt/p/c", "mnt/p/c2");
        o.move("mnt/p", "mnt/p2");
        o.move("mnt/a", "mnt/c");
        o.move("mnt/b", "mnt/a");
        o.dir("mnt/b");
        o.chmod("mnt/c/f", 0o600);
        o.move("mnt/gone", "mnt/d");
        o.remove("mnt/d");
      }, "plain");
    },
    exits: CLEAN,
  },
  "a whiteout below a redirect": {
    ...RAM,
    build(o) {
      onRam(o, "origin/foo");
      redirected(o, "upper/d", "origin");
      o.whiteout("upper/d/foo");
      o.whiteout("upper/d/bar");
      o.whiteout("upper/origin");
      marked(o, "upper");
    },
    exits: PREENED,
    p: { has: ["upper/d/foo"], lacks: ["upper/d/bar"] },
  },
  "duplicate redirects of two layers": {
    lowerPaths: ["lower", "stage/ram"],
    build(o) {
      onRam(o, "origin/f");
      redirected(o, "lower/d1", "origin");
      redirected(o, "upper/d2", "origin");
    },
    exits: YES_ONLY,
    loses: ["d2/f"],
    p: { has: ["upper/d2 redirect", "lower/d1 redirect"] },
    y: { has: ["lower/d1 redirect"], lacks: ["upper/d2 redirect"] },
  },
  "duplicate redirects in a layer without handles": {
    ...NESTED,
    build(o) {
      onNested(o);
      o.files("lower/origin/f");
      redirected(o, "stage/nested/d1", "origin");
      redirected(o, "stage/nested/d2", "origin");
      o.whiteout("upper/origin");
    },
    exits: YES_ONLY,
    loses: ["d1/f", "d2/f"],
    p: { has: ["stage/nested/d1 redirect", "stage/nested/d2 redirect"] },
  },
};
