/** What one seed is made of: layers, lives and options, all drawn from the seed's number. */
import type { Require } from "../../../src/lib/mount/spec.js";
import type { FsType } from "../../support/disk.js";
import type { OverlayMount, Stage } from "../../support/mounts.js";
import { Random } from "./prng.js";

export type Mode = "nfs_export" | "index" | "plain";

/** The mode that is good for what --require asks for, and no better. */
export const MODE: Readonly<Record<Require, Mode>> = {
  "nfs-export": "nfs_export",
  index: "index",
  plain: "plain",
};

/** One mount of the overlay, used for a while and unmounted. */
export interface Life {
  readonly mode: Mode;
  readonly steps: number;
}

export interface Scenario {
  readonly fs: FsType;
  readonly seed: number;
  /** 1 to 3. */
  readonly lowers: number;
  /** Lower layers on a file system of their own. */
  readonly apart: boolean;
  /** lived[i]: lower layer i (0 is the topmost) was once an upper over those below it. */
  readonly lived: readonly boolean[];
  readonly lives: readonly Life[];
  readonly redirect: "on" | "off" | "follow" | "nofollow";
  readonly metacopy: boolean;
  readonly userxattr: boolean;
  /** uuid= in all lives, and the one that is used when the overlay is judged. */
  readonly uuid: readonly [string, string];
  readonly damages: number;
  readonly require: "nfs-export" | "index";
}

/** What goes for an overlay that is exported and that nothing is wrong with. */
export const EXPORTABLE = {
  redirect: "on",
  metacopy: false,
  userxattr: false,
  uuid: ["", ""],
  damages: 0,
  require: "nfs-export",
} as const satisfies Partial<Scenario>;

const FS_NUMBER: Record<FsType, number> = { ext4: 1, xfs: 2, btrfs: 3 };

/** Independent streams, so that a change in one stage does not reshuffle the others. */
export function stream(fs: FsType, seed: number, stage: number): Random {
  return new Random(FS_NUMBER[fs], seed, stage);
}

/** Which lower layers have lived; the lowest never has. */
export function drawLived(random: Random, lowers: number, odds: number): boolean[] {
  return Array.from({ length: lowers }, (_, i) => i < lowers - 1 && random.chance(odds));
}

export function scenario(fs: FsType, seed: number): Scenario {
  const random = stream(fs, seed, 0);
  const lowers = random.pick([1, 1, 1, 2, 2, 3]);
  const first = random.weighted<Mode>({ nfs_export: 6, index: 2, plain: 2 });
  const lives: Life[] = [{ mode: first, steps: random.int(15, 45) }];
  while (random.chance(0.35) && lives.length < 3) {
    const mode = random.chance(0.6) ? first : random.pick<Mode>(["nfs_export", "index", "plain"]);
    lives.push({ mode, steps: random.int(8, 25) });
  }
  const exported = lives.some((life) => life.mode === "nfs_export");
  const userxattr = random.chance(0.05);
  const redirect = userxattr ? "nofollow" : random.weighted({ on: 88, off: 4, follow: 4, nofollow: 4 });
  const uuid = random.chance(0.08) ? random.pick(["off", "on", "null"]) : "";
  return {
    fs,
    seed,
    lowers,
    apart: random.chance(0.2),
    lived: drawLived(random, lowers, 0.6),
    lives,
    redirect,
    // The kernel refuses metacopy=on with anything but redirect_dir=on, and with nfs_export=on.
    metacopy: !exported && redirect === "on" && random.chance(0.4),
    userxattr,
    uuid: [uuid, random.chance(0.03) ? random.pick(["off", "null", "on"]) : uuid],
    damages: random.pick([0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 3]),
    require: seed % 3 === 0 ? "index" : "nfs-export",
  };
}

/** Where the layers of a scenario stand on its stage. */
export interface Layout {
  /** Topmost first. */
  readonly lower: readonly Buffer[];
  readonly upper: Buffer;
  readonly work: Buffer;
}

export function layout(stage: Stage, what: Scenario): Layout {
  const disk = what.apart ? 1 : 0;
  return {
    lower: Array.from({ length: what.lowers }, (_, i) => stage.path(disk, `l${i + 1}`)),
    upper: stage.path(0, "u"),
    work: stage.path(0, "w"),
  };
}

/** Options of a mode: index and nfs_export are always said, whatever the module's defaults. */
export function optionsOf(what: Scenario, mode: Mode, judged: boolean): [string, string][] {
  const options: [string, string][] = [
    ["index", mode === "plain" ? "off" : "on"],
    ["nfs_export", mode === "nfs_export" ? "on" : "off"],
    ["metacopy", what.metacopy && mode !== "nfs_export" && !what.userxattr ? "on" : "off"],
  ];
  if (what.userxattr) options.push(["userxattr", ""]);
  else options.push(["redirect_dir", what.redirect]);
  const uuid = what.uuid[judged ? 1 : 0];
  if (uuid !== "") options.push(["uuid", uuid]);
  return options;
}

export function overlayOf(where: Layout, options: [string, string][]): OverlayMount {
  return { lower: where.lower, upper: where.upper, work: where.work, options };
}
