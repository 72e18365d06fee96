/** States of an overlay in which a directory's old place lies in directories that the upper layer has not, and what fsck.overlay makes of each. */
import type { Overlay } from "../../fixtures/support/overlay.js";
import { CLEAN, LEFT, PREENED, redirected, type State } from "./states.js";

const moved = (o: Overlay): void => {
  o.files("lower/p/q/origin/f", "lower/p/q/other", "lower/p/g");
  redirected(o, "upper/d", "/p/q/origin");
};

export const COPIED_PARENTS: Readonly<Record<string, State>> = {
  "a missing whiteout in directories that were never copied up": {
    build: moved,
    exits: PREENED,
    loses: ["p/q/origin"],
    p: {
      has: ["upper/d redirect=/p/q/origin", "upper impure=y", "upper/p origin", "upper/p impure=y"].concat(
        "upper/p/q origin",
        "upper/p/q/origin",
      ),
      lacks: ["upper/p/q impure", "upper/p/g", "upper/p/q/other"],
    },
  },
  "the same of several in one directory, and in others": {
    lowers: 2,
    build(o) {
      o.files("lower/p/a/f", "lower2/p/b/f", "lower2/p/q/c/f", "lower/r/s/f", "lower2/r/g");
      for (const [name, to] of Object.entries({ a: "/p/a", b: "/p/b", c: "/p/q/c", s: "/r/s" }))
        redirected(o, `upper/new-${name}`, to);
    },
    exits: PREENED,
    loses: ["p/a", "p/b", "p/q/c", "r/s"],
    p: { has: ["upper/p/a", "upper/p/b", "upper/p/q/c", "upper/r/s", "upper/p/q origin"] },
  },
  "the same below a directory that was renamed": {
    build(o) {
      o.files("lower/p/q/origin/f", "lower/p/g");
      redirected(o, "upper/n", "p");
      o.whiteout("upper/p");
      redirected(o, "upper/d", "/p/q/origin");
    },
    exits: PREENED,
    loses: ["n/q/origin"],
    p: { has: ["upper/n/q origin", "upper/n/q/origin", "upper/n redirect=p"], lacks: ["upper/n/q redirect"] },
  },
  "the same with an index that is exported": {
    build(o) {
      o.files("lower/p/q/origin/f", "lower/p/g", "lower/e/f");
      o.live(() => o.chmod("mnt/e", 0o700));
      o.live(() => o.move("mnt/p/q/origin", "mnt/d"));
      for (const name of ["lower/p", "lower/p/q"]) o.remove(o.entry(name));
      o.remove("upper/p");
    },
    exits: PREENED,
    loses: ["p/q/origin"],
    p: { has: ["upper/p/q/origin", "upper/p origin"] },
  },
  "and the entries of the directories that were there are left": {
    build(o) {
      o.files("lower/p/q/origin/f", "lower/p/g", "lower/e/f");
      o.live(() => o.chmod("mnt/e", 0o700));
      o.live(() => o.move("mnt/p/q/origin", "mnt/d"));
      o.remove("upper/p");
    },
    exits: PREENED,
    loses: ["p/q/origin"],
    p: { has: ["upper/p/q/origin", "upper/p origin", "upper/p/q origin"] },
  },
  "below a directory that shows twice, too": {
    build(o) {
      o.files("lower/p/q/origin/f", "lower/p/g");
      redirected(o, "upper/d", "/p/q/origin");
      redirected(o, "upper/x", "/p/q");
    },
    exits: PREENED,
    loses: ["p/q", "x/origin"],
    p: { has: ["upper/p origin", "upper/p/q"], lacks: ["upper/p/q/origin"] },
  },
  "and the directory above may not be changed, nor a copy of it": {
    build(o) {
      moved(o);
      o.immutable("lower/p/q");
    },
    exits: LEFT,
    p: { has: ["upper/d redirect=/p/q/origin"], lacks: ["upper/p"] },
    y: { has: ["upper/d redirect=/p/q/origin"], lacks: ["upper/p", "upper/d opaque"] },
  },
  "an old place that is covered by a directory of upper": {
    build(o) {
      o.files("lower/p/origin/f", "lower/p/g");
      o.live(() => o.move("mnt/p/origin", "mnt/d"));
    },
    exits: CLEAN,
  },
};
