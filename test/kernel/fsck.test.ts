/** fsck.overlay on states of all kinds: what it exits with, what it writes, and what the kernel shows then. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fsck } from "../../src/lib/fsck/fsck.js";
import { native } from "../../src/lib/host/addon.js";
import { files } from "../../src/lib/host/files.js";
import type { Native } from "../../src/lib/host/native.js";
import { writer } from "../../src/lib/host/system-writer.js";
import type { Fixture } from "../fixtures/support/fixture.js";
import { Overlay } from "../fixtures/support/overlay.js";
import { needsRoot } from "../support/root.js";
import { seeds } from "../support/seeds.js";
import { must, sys } from "../support/sys.js";
import { FIXTURES } from "./fsck/fixtures.js";
import { judgeHealthy } from "./fsck/healthy.js";
import { Judge, judgeState } from "./fsck/state.js";
import type { State } from "./fsck/states.js";
import { COPIED_PARENTS } from "./fsck/states-copied-parents.js";
import { HEALTHY } from "./fsck/states-healthy.js";
import { IMPURE } from "./fsck/states-impure.js";
import { LAYERS } from "./fsck/states-layers.js";
import { REDIRECTS } from "./fsck/states-redirects.js";
import { WHITEOUTS } from "./fsck/states-whiteouts.js";
import { WITHOUT_HANDLES } from "./fsck/states-without-handles.js";

const home = join(import.meta.dirname, "../fixtures");
const names = readdirSync(home).filter((name) => name !== "support");

needsRoot("fsck.overlay on", () => {
  it.each(Object.entries({ ...WHITEOUTS, ...REDIRECTS, ...IMPURE, ...HEALTHY, ...LAYERS }))("%s", judged);
});

needsRoot("fsck.overlay, without handles, on", () => {
  it.each(Object.entries(WITHOUT_HANDLES))("%s", judged);
});

needsRoot("fsck.overlay, where nothing was copied up, on", () => {
  it.each(Object.entries(COPIED_PARENTS))("%s", judged);
});

async function judged(_name: string, state: State): Promise<void> {
  const { exits, problems } = await judgeState(state);
  expect({ problems, exits }).toEqual({ problems: [], exits: state.exits });
}

needsRoot("fsck.overlay on the fixture", () => {
  it.each(names)("%s", async (name) => {
    expect(FIXTURES, "its exit codes belong into fsck/fixtures.ts").toHaveProperty([name]);
    const fixture = ((await import(join(home, name, "fixture.ts"))) as { default: Fixture }).default;
    const o = new Overlay({ fs: "ext4", ...fixture });
    try {
      fixture.build(o);
      const { lower, upper = null, work = null } = o.mountOf("plain");
      const layers = { source: "-o", lower, data: [], upper, work, options: {} };
      const { exits, problems } = await new Judge(
        o,
        "data" in fixture ? o.spec(fixture.data(o)) : layers,
        null,
      ).judge();
      expect({ problems, exits }).toEqual({ problems: [], exits: FIXTURES[name] });
    } finally {
      o.dispose();
    }
  });
});

describe.each(["ext4", "xfs", "btrfs"] as const)("on %s", (fs) => {
  needsRoot("a random overlay that nobody has damaged is clean", () => {
    it.each(seeds(4))("seed %i", async (seed) => {
      expect(await judgeHealthy(fs, seed)).toEqual({ exits: [0, 0, 0], found: [] });
    });
  });
});

needsRoot("fsck.overlay of 40,000 redirects", () => {
  it("comes to its end", async () => {
    const o = new Overlay();
    try {
      // It is not the disk's time that is wanted.
      o.attach("disk/t", "tmpfs", "nr_inodes=0,size=1g");
      const at = (where: string): string => o.path(`disk/t/${where}`).toString();
      for (const layer of ["lower", "upper", "work"]) mkdirSync(at(layer));
      const redirect = Buffer.from("trusted.overlay.redirect");
      const one = Buffer.from("y");
      for (let i = 0; i < 40_000; i++) {
        mkdirSync(at(`lower/a${i}`));
        mkdirSync(at(`upper/b${i}`));
        must(sys.setxattr(Buffer.from(at(`upper/b${i}`)), redirect, Buffer.from(`a${i}`), 0), "setxattr");
        must(sys.mknod(Buffer.from(at(`upper/a${i}`)), 0o020000, 0, 0), "mknod");
      }
      must(sys.setxattr(Buffer.from(at("upper")), Buffer.from("trusted.overlay.impure"), one, 0), "setxattr");
      writeFileSync(at("lower/a0/f"), "");
      const [lower, upper, work] = ["lower", "upper", "work"].map((layer) => Buffer.from(at(layer)));
      if (lower === undefined || upper === undefined || work === undefined) throw new Error("no layers");
      const spec = { source: "-o", lower: [lower], data: [], upper, work, options: {} };
      const exits = [];
      for (const mode of ["dry-run", "preen"] as const)
        exits.push((await fsck(spec, { mode, asked: () => false })).exit);
      expect(exits).toEqual([0, 0]);
    } finally {
      o.dispose();
    }
  });
});

needsRoot("fsck.overlay of many duplicates", () => {
  it("lists what is in their lower directory once, however many show it", async () => {
    const listed = async (duplicates: number, inside: number): Promise<number> => {
      const o = new Overlay();
      try {
        o.files(...Array.from({ length: inside }, (_, i) => `lower/origin/in${i}/f`));
        for (let i = 0; i < duplicates; i++) {
          o.dir(`upper/d${i}`);
          o.set(`upper/d${i}`, "redirect", "origin");
        }
        o.whiteout("upper/origin");
        const { lower, upper = null, work = null } = o.mountOf("plain");
        const spec = { source: "-o", lower, data: [], upper, work, options: {} };
        let lists = 0;
        const list: Native["list"] = (...asked) => {
          lists++;
          return native.list(...asked);
        };
        const host = { native: Object.assign(Object.create(native) as Native, { list }), files, writer };
        await fsck(spec, { mode: "dry-run", asked: () => false }, host);
        return lists;
      } finally {
        o.dispose();
      }
    };
    const more = (await listed(20, 4)) - (await listed(10, 4));
    expect((await listed(20, 40)) - (await listed(10, 40))).toBe(more);
  });
});
