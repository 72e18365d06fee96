/** Which handle is given out for a name, and what is copied up for it: the rules against name_to_handle_at(2). */
import { expect, it } from "vitest";
import { encodeForClient } from "../../src/lib/kernel/encode.js";
import { Overlay, type Shape } from "../fixtures/support/overlay.js";
import { wayTo, withRules } from "../fixtures/support/rules.js";
import { needsRoot } from "../support/root.js";
import { errnoName, sys } from "../support/sys.js";
import { scan, under } from "../support/tree.js";

interface Given {
  /** Type and bytes, or the errno. */
  readonly handle: string;
  /** Names in upper that were not there before. */
  readonly copiedUp: readonly string[];
}

/** The names of the mounted overlay; what cannot be looked up is left out. */
function everyName(o: Overlay): Buffer[] {
  return o.onCopy(() => {
    o.mount();
    return [Buffer.alloc(0), ...scan(o.stage.mnt).map(({ rel }) => rel)];
  });
}

const upperNames = (o: Overlay): Set<string> =>
  new Set(scan(o.path("upper")).map(({ rel }) => rel.toString()));

function really(o: Overlay, name: Buffer): Given {
  return o.onCopy(() => {
    o.mount();
    const before = upperNames(o);
    const handle = sys.nameToHandle(name.length === 0 ? o.stage.mnt : under(o.stage.mnt, name));
    const after = [...upperNames(o)].filter((one) => !before.has(one));
    return {
      handle: typeof handle === "number" ? errnoName(handle) : handle.toString("hex"),
      copiedUp: after,
    };
  });
}

function foretold(o: Overlay, name: Buffer): Given {
  return withRules(o.spec(), "nfs-export", (env) => {
    const way = wayTo(env, name);
    const given = way === null ? null : encodeForClient(env, way);
    if (way === null || given === null || given.kind === "none") return { handle: "none", copiedUp: [] };
    const type = Buffer.alloc(4);
    type.writeUInt32LE(given.wire.type);
    // Directories that are copied up: the one that is named, and those above it.
    const last = given.copiesUp ?? -1;
    const parts = name.toString().split("/");
    const copiedUp = way.slice(0, last + 1).flatMap((found, i) => {
      return found.upper === null ? [parts.slice(0, i + 1).join("/")] : [];
    });
    return { handle: Buffer.concat([type, given.wire.bytes]).toString("hex"), copiedUp };
  });
}

interface State extends Shape {
  readonly build: (o: Overlay) => void;
  /** What has to be copied up for some name. */
  readonly copies: Readonly<Record<string, readonly string[]>>;
}

const LOWER = (o: Overlay): void => {
  o.files("lower/a", "lower/d/f", "lower/d/sub/deep/h", "lower/e/in/i");
  o.link("lower/a", "lower/d/link");
  o.fifo("lower/p");
};
const MIDDLE = (o: Overlay): void => {
  o.files("lower2/d/sub/deep/g", "lower2/d/f", "lower2/x/in/y");
  o.dir("lower/m", "lower/x");
  o.set("lower/m", "redirect", "/d");
  o.whiteout("lower/d");
};

const STATES: Readonly<Record<string, State>> = {
  "only read": {
    build: (o) => o.live(),
    copies: { d: [], "d/sub/deep": [] },
  },
  "a life with everything in the index": {
    build: (o) =>
      o.live(() => {
        o.files("mnt/a", "mnt/d/new");
        o.move("mnt/e", "mnt/d/e");
        o.dir("mnt/made/in");
      }),
    copies: { "d/sub": [], "d/e/in": [] },
  },
  "copied up without an index": {
    build: (o) =>
      o.live(() => {
        o.files("mnt/a", "mnt/d/new");
        o.move("mnt/e", "mnt/made");
      }, "plain"),
    copies: { d: [], "d/f": [], "d/sub": ["d/sub"], "d/sub/deep": ["d/sub"], "made/in": ["made/in"] },
  },
  "a middle layer that redirects": {
    lowers: 2,
    build: MIDDLE,
    copies: { m: [], "m/sub": ["m", "m/sub"], "m/sub/deep": ["m", "m/sub"], "x/in": ["x", "x/in"] },
  },
  "a middle layer that redirects, copied up and indexed": {
    lowers: 2,
    build: (o) => {
      MIDDLE(o);
      o.live(() => o.files("mnt/m/new", "mnt/x/in/new"));
    },
    copies: { "m/sub": ["m/sub"], "x/in": [] },
  },
  "entries removed by the mount": {
    build: (o) => {
      o.live(() => o.files("mnt/a", "mnt/d/new"));
      o.unset(o.entry("lower/d"), "upper");
    },
    copies: { "d/sub": ["d/sub"] },
  },
};

needsRoot("handles that are given out", () => {
  it.each(Object.entries(STATES))("%s", (_name, state) => {
    const o = new Overlay(state);
    try {
      if ((state.lowers ?? 1) === 1) LOWER(o);
      state.build(o);
      const names = everyName(o);
      const real = new Map(names.map((name) => [name.toString(), really(o, name)]));
      expect(new Map(names.map((name) => [name.toString(), foretold(o, name)]))).toEqual(real);
      for (const [name, copied] of Object.entries(state.copies))
        expect(real.get(name)?.copiedUp).toEqual(copied);
    } finally {
      o.dispose();
    }
  });
});
