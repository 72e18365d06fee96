/** An overlay that has lived some random lives, to be migrated. */
import type { MountSpec, Require } from "../../../src/lib/mount/spec.js";
import type { MigrationName } from "../../../src/lib/plan/cause.js";
import type { RunRequest, RunResult } from "../../../src/lib/repair/run-result.js";
import { repair, undo, type WriteHost } from "../../../src/lib/repair.js";
import { onCopy } from "../../support/copies.js";
import type { FsType } from "../../support/disk.js";
import { dump } from "../../support/dump.js";
import { Stage } from "../../support/mounts.js";
import { Numbers, type Shown, show } from "../eras/objects.js";
import { buildLowers } from "../random/live.js";
import {
  drawLived,
  EXPORTABLE,
  type Layout,
  layout,
  type Mode,
  optionsOf,
  overlayOf,
  type Scenario,
  stream,
} from "../random/scenario.js";
import { specOf } from "../random/seed.js";
import { work } from "../random/work.js";

export interface Life {
  readonly mode: Mode;
  readonly uuid?: string;
}

export class Lived {
  readonly stage: Stage;
  readonly where: Layout;
  /** How it is mounted from now on may be changed. */
  what: Scenario;

  constructor(fs: FsType, seed: number, lives: readonly Life[], more: Partial<Scenario> = {}) {
    const random = stream(fs, seed, 2600);
    const lowers = random.pick([1, 1, 2, 3]);
    this.what = {
      fs,
      seed,
      lowers,
      apart: false,
      lived: drawLived(random, lowers, 0.5),
      lives: [],
      ...EXPORTABLE,
      ...more,
    };
    this.stage = Stage.create(fs, 1);
    this.where = layout(this.stage, this.what);
    this.stage.mountDisks();
    buildLowers(this.stage, this.what, this.where);
    const numbers = new Numbers();
    for (const layer of this.where.lower) numbers.give(layer);
    lives.forEach(({ mode, uuid = "" }, i) => {
      this.mounted(mode, uuid, () => work(stream(fs, seed, 2700 + i), this.stage.mnt, random.int(15, 35)));
    });
  }

  dispose(): void {
    this.stage.dispose();
  }

  spec(uuid?: "off" | "on" | "null"): MountSpec {
    const spec = specOf(this.what, this.where, "nfs-export");
    return uuid === undefined ? spec : { ...spec, options: { ...spec.options, uuid } };
  }

  mounted<T>(mode: Mode, uuid: string, act: () => T): T {
    const options = optionsOf({ ...this.what, uuid: [uuid, uuid] }, mode, true);
    return this.stage.withOverlay(overlayOf(this.where, options), act, `mount, ${mode} ${uuid}`);
  }

  /** On a copy of the disks. */
  copied<T>(mode: Mode, uuid: string, act: () => T): T {
    return onCopy(this.stage, () => this.mounted(mode, uuid, act));
  }

  /** What every name shows. */
  shown(mode: Mode, uuid = ""): Shown[] {
    return this.copied(mode, uuid, () => show(this.stage.mnt));
  }

  /** Everything in all layers, journals aside. */
  dump(): string[] {
    return dump([...this.where.lower, this.where.upper, this.where.work], { times: true });
  }

  async takeBack(spec: MountSpec, { journal }: RunResult, lower = false): Promise<string | null> {
    const { trouble } = await undo(spec, {
      journal,
      lower,
      dryRun: false,
      accept: async () => true,
      asked: () => false,
    });
    return trouble?.message ?? null;
  }
}

export interface Wanted {
  readonly only?: readonly MigrationName[];
  readonly detach?: boolean;
  readonly require?: Require;
  readonly lower?: boolean;
  readonly oldLower?: readonly Buffer[];
  /** What an interrupted run left is taken back, and nothing else is done. */
  readonly nothing?: boolean;
}

export function migrateAll(spec: MountSpec, wanted: Wanted = {}, host?: WriteHost): Promise<RunResult> {
  const request: RunRequest = {
    command: "migrate",
    require: wanted.require ?? "nfs-export",
    mode: "yes",
    lower: wanted.lower ?? false,
    migrate: {
      wishes: {
        only: wanted.only ?? null,
        trustPaths: false,
        detach: wanted.detach ?? false,
      },
      oldLower: wanted.oldLower ?? [],
    },
    decide: async (plan) => (wanted.nothing === true ? [] : plan.actions),
    asked: () => false,
  };
  return repair(spec, request, host);
}
