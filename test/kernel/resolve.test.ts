/** Handles as two servers wrap them: what resolve says of them against open_by_handle_at(2) on the mounted overlay. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync } from "node:fs";
import { expect, it } from "vitest";
import { encodeGanesha } from "../../src/lib/format/ganeshaHandle.js";
import { encodeKnfsd } from "../../src/lib/format/knfsdHandle.js";
import { native } from "../../src/lib/host/addon.js";
import { files } from "../../src/lib/host/files.js";
import { parseClientHandle } from "../../src/lib/inspect/index.js";
import { type GivenHandle, type ResolvedHandle, resolve } from "../../src/lib/resolve/index.js";
import { Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";
import { seeds } from "../support/seeds.js";
import { errnoName, sys } from "../support/sys.js";
import { names, under } from "../support/tree.js";
import { damageOtherwise } from "./random/damage.js";
import { buildLowers, liveAll } from "./random/live.js";
import { type Life, layout, optionsOf, overlayOf, scenario } from "./random/scenario.js";
import { specOf } from "./random/seed.js";

/** In turns: as two servers send it, and as somebody typed it. */
function wrapped(handle: Buffer, i: number): string {
  const type = handle.readUInt32LE(0);
  const fid = handle.subarray(4);
  switch (i % 4) {
    case 0:
      return encodeKnfsd({ fsidType: 1, fsid: Buffer.from([77, 0, 0, 0]), fileidType: type, fid }).toString(
        "hex",
      );
    case 1:
      return encodeGanesha({
        flags: 0,
        exportId: 7,
        fsidType: 4,
        fsid: Buffer.alloc(8, 5),
        type,
        fid,
      }).toString("base64");
    case 2:
      return encodeKnfsd({ fsidType: 6, fsid: Buffer.alloc(16, 9), fileidType: type, fid })
        .toString("hex")
        .replaceAll(/(..)(?!$)/g, "$1:");
    default:
      return `0x${fid.toString("hex")}`;
  }
}

function given(text: string): GivenHandle {
  const handle = parseClientHandle(text);
  if (handle === null) throw new Error(`not recognised: ${text}`);
  return { given: text, handle };
}

const O_PATH = 0x200000;

/** What an object is to whoever has it open: another mount has other device numbers. */
const identity = (stat: { ino: number; mode: number; size: number }): string =>
  `${stat.ino} ${stat.mode.toString(8)} ${stat.size}`;

/** Every name that can be looked up, by what it shows. */
function everyName(root: Buffer): Map<string, string[]> {
  const all = new Map<string, string[]>();
  const visit = (rel: Buffer): void => {
    const path = rel.length === 0 ? root : under(root, rel);
    if (sys.lookup(path) < 0) return;
    const stat = lstatSync(path);
    const key = identity(stat);
    all.set(key, [...(all.get(key) ?? []), rel.toString("latin1")]);
    if (!stat.isDirectory()) return;
    let inside: Buffer[] = [];
    try {
      inside = names(path);
    } catch {
      // A directory whose listing fails shows nothing.
    }
    for (const name of inside) visit(rel.length === 0 ? name : under(rel, name));
  };
  visit(Buffer.alloc(0));
  return all;
}

const inOneLine = (paths: readonly string[] | undefined): string => (paths ?? []).toSorted().join(", ");

/** "ESTALE", or the names that show what the handle leads to. */
function foretold({ end }: ResolvedHandle): string {
  switch (end.leads) {
    case "nowhere":
      return "ESTALE";
    case "directory":
      return end.path.toString("latin1");
    case "object":
      return inOneLine(end.paths.map((path) => path.toString("latin1")));
  }
}

/** A directory has its path with it; it may be another inode after each mount. */
function opened(mnt: Buffer, handle: Buffer, all: ReadonlyMap<string, string[]>): string {
  const root = openSync(mnt, constants.O_RDONLY | constants.O_DIRECTORY);
  const fd = sys.openByHandle(root, handle, O_PATH);
  try {
    if (fd < 0) return errnoName(fd);
    const stat = fstatSync(fd);
    if (!stat.isDirectory()) return inOneLine(all.get(identity(stat)));
    return readlinkSync(`/proc/self/fd/${fd}`, "latin1").slice(mnt.length + 1);
  } finally {
    if (fd >= 0) closeSync(fd);
    closeSync(root);
  }
}

/**
 * A damaged overlay may have the same directory under two names, and the mount shows the one that is looked up first.
 */
function isPart(did: string, said: string): boolean {
  if (said === "ESTALE" || did === "ESTALE") return false;
  const names = said.split(", ");
  return did === "" || did.split(", ").every((name) => names.includes(name));
}

interface Seen {
  readonly disagreements: readonly string[];
  /** What the handles lead to, so that the test cannot be right about nothing. */
  readonly ends: ReadonlySet<string>;
}

const EXPORTED: Life = { mode: "nfs_export", steps: 20 };

function seen(seed: number, damaged: boolean): Seen {
  const drawn = scenario("ext4", seed);
  const what = { ...drawn, uuid: [drawn.uuid[0], drawn.uuid[0]] as const, lives: [EXPORTED] };
  const stage = Stage.create("ext4", what.apart ? 2 : 1);
  try {
    stage.mountDisks();
    const where = layout(stage, what);
    const mount = overlayOf(where, optionsOf(what, "nfs_export", false));
    buildLowers(stage, what, where);
    liveAll(stage, what, where);
    // What it did in its first life can refuse the second: then nobody holds a handle.
    if (stage.overlay(mount) !== 0) return { disagreements: [], ends: new Set() };
    const held = [...everyName(stage.mnt).values()]
      .flat()
      .map((name) => sys.nameToHandle(under(stage.mnt, Buffer.from(name, "latin1"))))
      .filter((handle) => typeof handle !== "number");
    stage.umountOverlay();
    liveAll(stage, what, where);
    if (damaged) damageOtherwise(stage, { ...what, damages: 2 }, where);
    const handles = held.map((handle, i) => given(wrapped(handle, i)));
    const spec = specOf(what, where, "nfs-export");
    const result = resolve(spec, handles, { limit: 100_000 }, { native, files });
    const mounts = stage.overlay(mount) === 0;
    const all = mounts ? everyName(stage.mnt) : new Map<string, string[]>();
    stage.umountOverlay();
    const disagreements = result.mount.ok === mounts ? [] : [`mount: ${JSON.stringify(result.mount)}`];
    held.forEach((handle, i) => {
      const said = foretold(result.handles[i] as ResolvedHandle);
      // On a mount of its own, so that no other handle has filled a cache.
      const did = stage.overlay(mount) === 0 ? opened(stage.mnt, handle, all) : "ESTALE";
      stage.umountOverlay();
      if (did !== said && !(damaged && isPart(did, said)))
        disagreements.push(`${handle.toString("hex")}: leads to ${did}, foretold ${said}`);
    });
    return { disagreements, ends: new Set(result.handles.map(({ end }) => end.leads)) };
  } finally {
    stage.dispose();
  }
}

needsRoot("resolve", () => {
  it("leads every handle of random overlays to where the kernel leads it", () => {
    const ends = new Set<string>();
    for (const seed of seeds(20)) {
      const { disagreements, ends: own } = seen(seed, false);
      expect(disagreements, `seed ${seed}`).toEqual([]);
      for (const end of own) ends.add(end);
    }
    expect([...ends].toSorted()).toEqual(["directory", "nowhere", "object"]);
  });

  it.each(seeds(10))("and of damaged ones: seed %i", (seed) => {
    expect(seen(seed, true).disagreements).toEqual([]);
  });
});
