/** States in which the layers, or the work directory, are not what they should be, and what fsck.overlay makes of each. */
import { LEFT, PREENED, REFUSED, redirected, type State, YES_ONLY } from "./states.js";

export const LAYERS: Readonly<Record<string, State>> = {
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
