/** States of an overlay that nothing is wrong with, and what fsck.overlay makes of each. */
import { CLEAN, type State } from "./states.js";

export const HEALTHY: Readonly<Record<string, State>> = {
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
