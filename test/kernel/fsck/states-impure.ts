/** States of an overlay with directories that should be marked impure, and what fsck.overlay makes of each. */
import { CLEAN, PREENED, redirected, type State, TIDIED } from "./states.js";

export const IMPURE: Readonly<Record<string, State>> = {
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
