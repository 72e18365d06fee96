/** The rules about handles against the kernel, on overlays of random lives and damages: the seeds of test/kernel/random. */
import { describe, expect, it } from "vitest";
import { decodeClientHandle } from "../../src/lib/kernel/decode.js";
import { encodeForClient } from "../../src/lib/kernel/encode.js";
import { followed, foretold, wayTo, withRules } from "../fixtures/support/rules.js";
import { onCopy } from "../support/copies.js";
import { type FsType, type OverlayMount, Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";
import { seeds } from "../support/seeds.js";
import { sys } from "../support/sys.js";
import { names, printable, under } from "../support/tree.js";
import { damageOtherwise } from "./random/damage.js";
import { build } from "./random/live.js";
import {
  type Layout,
  layout,
  optionsOf,
  overlayOf,
  type Scenario,
  scenario,
  stream,
} from "./random/scenario.js";
import { specOf } from "./random/seed.js";

/** With the overlay mounted on copies of the disks; undefined where the kernel refuses. */
function mountedCopy<T>(stage: Stage, mount: OverlayMount, act: () => T): T | undefined {
  return onCopy(stage, () => (stage.overlay(mount) === 0 ? act() : undefined));
}

/** A directory whose listing fails, as below a redirect that is not followed, shows nothing. */
function listed(dir: Buffer): Buffer[] {
  try {
    return names(dir);
  } catch {
    return [];
  }
}

/** Names of the mounted overlay that can be looked up, parents first. */
function everyName(stage: Stage): Buffer[] {
  const all: Buffer[] = [];
  const visit = (rel: Buffer): void => {
    for (const name of listed(under(stage.mnt, rel))) {
      const below = rel.length === 0 ? name : under(rel, name);
      const mode = sys.lookup(under(stage.mnt, below));
      if (mode < 0) continue;
      all.push(below);
      if ((mode & 0xf000) === 0x4000) visit(below);
    }
  };
  visit(Buffer.alloc(0));
  return all;
}

/** A handle as one string. */
const shown = (type: number, bytes: Buffer): string => `${type.toString(16)}:${bytes.toString("hex")}`;

function disagreements(fs: FsType, seed: number): string[] {
  const what = scenario(fs, seed);
  const stage = Stage.create(fs, what.apart ? 2 : 1);
  try {
    stage.mountDisks();
    const where = layout(stage, what);
    build(stage, what, where);
    const mount = overlayOf(where, optionsOf(what, "nfs_export", true));
    const held = new Map<string, Buffer>();
    mountedCopy(stage, mount, () => {
      for (const name of everyName(stage)) {
        const handle = sys.nameToHandle(under(stage.mnt, name));
        if (typeof handle !== "number") held.set(printable(name), handle);
      }
    });
    damageOtherwise(stage, what, where);
    return [...encodings(stage, what, where, mount), ...decodings(stage, what, where, mount, held)];
  } finally {
    stage.dispose();
  }
}

/** A few names, each on copies of its own: giving out one handle can change the next. */
function encodings(stage: Stage, what: Scenario, where: Layout, mount: OverlayMount): string[] {
  const random = stream(what.fs, what.seed, 8);
  const all = mountedCopy(stage, mount, () => everyName(stage)) ?? [];
  return random
    .shuffle(all)
    .slice(0, 8)
    .flatMap((name) => {
      const real = mountedCopy(stage, mount, () => sys.nameToHandle(under(stage.mnt, name)));
      if (!Buffer.isBuffer(real)) return [];
      const said = withRules(specOf(what, where, "nfs-export"), "nfs-export", (env) => {
        const way = wayTo(env, name);
        const given = way === null ? null : encodeForClient(env, way);
        return given === null || given.kind === "none" ? "none" : shown(given.wire.type, given.wire.bytes);
      });
      const did = shown(real.readUInt32LE(0), real.subarray(4));
      return said === did ? [] : [`${printable(name)}: encoded as ${did}, foretold ${said}`];
    });
}

function decodings(
  stage: Stage,
  what: Scenario,
  where: Layout,
  mount: OverlayMount,
  held: ReadonlyMap<string, Buffer>,
): string[] {
  const said = withRules(specOf(what, where, "nfs-export"), "nfs-export", (env) =>
    [...held].map(([name, handle]) => {
      return [
        name,
        handle,
        foretold(decodeClientHandle(env, handle.readUInt32LE(0), handle.subarray(4))),
      ] as const;
    }),
  );
  return said.flatMap(([name, handle, expected]) => {
    if (stage.overlay(mount) !== 0) return [];
    const did = followed(stage.mnt, handle);
    stage.umountOverlay();
    return did === expected ? [] : [`${name}: leads to ${did}, foretold ${expected}`];
  });
}

const SEEDS: Readonly<Record<FsType, number>> = { ext4: 40, xfs: 6, btrfs: 6 };

describe.each(Object.entries(SEEDS) as [FsType, number][])(
  "handles of random overlays on %s",
  (fs, count) => {
    needsRoot("against the kernel", () => {
      it.each(seeds(count))("seed %i", (seed) => {
        expect(disagreements(fs, seed)).toEqual([]);
      });
    });
  },
);
