/**
 * One seed of eras. In the first the overlay is exported, and clients take a handle of every object. In the second
 * it is worked on without the index, or with one that is not for export. Before the third, `check` has to
 * name each handle that an export as it stands would serve wrongly, as a copy of the disks shows; then it is migrated,
 * and each handle has to lead to its object, or to ESTALE where that is gone; after a remount, too.
 */
import { lstatSync } from "node:fs";
import type { MountSpec } from "../../../src/lib/mount/spec.js";
import type { RunRequest, RunResult } from "../../../src/lib/repair/run-result.js";
import { repair } from "../../../src/lib/repair.js";
import { onCopy } from "../../support/copies.js";
import type { FsType } from "../../support/disk.js";
import { heardAgain, KernelLog, LOGGED, startsLogged } from "../../support/kmsg.js";
import { Stage } from "../../support/mounts.js";
import { isDir, overlayXattrs, printable, scan, under } from "../../support/tree.js";
import { buildLowers } from "../random/live.js";
import {
  type Layout,
  type Life,
  layout,
  type Mode,
  optionsOf,
  overlayOf,
  stream,
} from "../random/scenario.js";
import { specOf } from "../random/seed.js";
import { work } from "../random/work.js";
import { judgeAgain, judgeHandles } from "./judge.js";
import { isNamed } from "./named.js";
import { type ClientHandle, Numbers, numberAt, type Shown, show, takeHandles } from "./objects.js";
import { type ErasScenario, erasScenario } from "./scenario.js";
import { compareShown, hasUnseenName, tell, text } from "./terms.js";

export interface ErasReport {
  readonly scenario: ErasScenario;
  readonly handles: number;
  /** How many the export would serve wrongly as it stands. */
  readonly wrongBefore: number;
  /** Codes that were found before the migration. */
  readonly codes: readonly string[];
  /** Which migrations were carried out. */
  readonly migrations: readonly string[];
  readonly story: readonly string[];
  readonly problems: readonly string[];
}

export async function runEras(fs: FsType, seed: number): Promise<ErasReport> {
  const report = await runOnce(fs, seed);
  const again = async () => (await runOnce(fs, seed)).problems;
  return { ...report, problems: await heardAgain(report.problems, startsLogged, again, 2) };
}

async function runOnce(fs: FsType, seed: number): Promise<ErasReport> {
  const scenario = erasScenario(fs, seed);
  const stage = Stage.create(fs, scenario.layers.apart ? 2 : 1);
  try {
    return await new Eras(stage, scenario).run();
  } finally {
    stage.dispose();
  }
}

export const migrate = (): RunRequest => ({
  command: "migrate",
  require: "nfs-export",
  mode: "yes",
  migrate: {
    wishes: { only: null, trustPaths: false, detach: false },
    oldLower: [],
  },
  decide: async (plan) => plan.actions,
  asked: () => false,
});

class Eras {
  readonly #where: Layout;
  readonly #spec: MountSpec;
  readonly #numbers = new Numbers();
  readonly #problems: string[] = [];
  #lives = 0;
  #metacopy = false;

  constructor(
    readonly stage: Stage,
    readonly scenario: ErasScenario,
  ) {
    this.#where = layout(stage, scenario.layers);
    this.#spec = specOf(scenario.layers, this.#where, "nfs-export");
  }

  async run(): Promise<ErasReport> {
    const { stage, scenario } = this;
    stage.mountDisks();
    buildLowers(stage, scenario.layers, this.#where);
    for (const life of scenario.before) this.#live(life);
    // Not before: a hard link that is copied up alone takes its number along, and is another file from then on.
    for (const layer of this.#where.lower) this.#numbers.give(layer);
    const links = this.#lowerLinks();
    this.#live(scenario.exported);
    const taken = this.#mounted("nfs_export", () => {
      this.#numbers.give(stage.mnt);
      return takeHandles(stage.mnt);
    });
    const handles = taken.filter(({ number }) => !hasUnseenName(number, taken, links));
    this.#metacopy = scenario.metacopy;
    for (const life of scenario.between) this.#live(life);

    const shown = this.#onCopy("plain", () => show(stage.mnt));
    const excuse = (held: ClientHandle, names: readonly Shown[]): boolean =>
      links.has(held.number) && names.every((name) => this.#isUntied(name));
    const { wrongBefore, codes } = await this.#before(handles, shown, excuse);

    const result = await repair(this.#spec, migrate());
    const story = tell(result);
    this.#expectReady(result);
    const second = await repair(this.#spec, migrate());
    if (second.changed) this.#problems.push(`a second migration changes: ${tell(second).join("; ")}`);
    if (result.after?.ready === true) this.#after(handles, shown, links, excuse);
    return {
      scenario,
      handles: handles.length,
      wrongBefore,
      codes,
      migrations: result.migrations.map(({ name }) => name),
      story,
      problems: this.#problems,
    };
  }

  /** Each handle that is served wrongly is named by a finding, and not many others are. */
  async #before(
    handles: readonly ClientHandle[],
    shown: readonly Shown[],
    excuse: (held: ClientHandle, names: readonly Shown[]) => boolean,
  ): Promise<{ wrongBefore: number; codes: readonly string[] }> {
    const { before } = await repair(this.#spec, { ...migrate(), mode: "dry-run" });
    if (before === null) throw new Error("no check before the migration");
    const { prediction, findings } = before;
    const codes = [...new Set(findings.map(({ code }) => code))];
    // An export cannot even list a directory with a metadata-only file in it.
    if (codes.includes("metacopy-not-followed")) return { wrongBefore: 0, codes };
    const wrong = this.#exportedCopy(() => judgeHandles(this.stage, handles, shown, excuse));
    if (wrong === null) {
      if (prediction.mount.ok) this.#problems.push("the mount is refused, and check does not say so");
      return { wrongBefore: handles.length, codes };
    }
    for (const one of wrong) {
      const names = shown.filter(({ number }) => number === one.held.number).map(({ path }) => path);
      if (!isNamed(findings, prediction, one.held.handle, names))
        this.#problems.push(`no finding names ${text(one)}`);
    }
    return { wrongBefore: wrong.length, codes };
  }

  #expectReady({ trouble, after }: RunResult): void {
    if (trouble !== null) this.#problems.push(`trouble: ${trouble.kind}: ${trouble.message}`);
    else if (after?.ready !== true) {
      const errors = (after?.findings ?? []).filter(({ severity }) => severity === "error");
      this.#problems.push(
        `not ready: ${errors.map(({ code, path }) => `${code} ${path === null ? "" : printable(path)}`).join(", ")}`,
      );
    }
  }

  #after(
    handles: readonly ClientHandle[],
    shown: readonly Shown[],
    links: ReadonlyMap<number, number>,
    excuse: (held: ClientHandle, names: readonly Shown[]) => boolean,
  ): void {
    const { stage } = this;
    const log = new KernelLog();
    try {
      onCopy(stage, () => {
        const now = this.#mounted("nfs_export", () => show(stage.mnt));
        this.#problems.push(...compareShown(shown, now, links));
        const wrong = this.#mounted("nfs_export", () => judgeHandles(stage, handles, shown, excuse));
        const again = this.#mounted("nfs_export", () => judgeAgain(stage, handles, shown));
        this.#problems.push(...[...wrong, ...again].map(text));
      });
    } finally {
      this.#problems.push(...new Set(log.take().map((line) => LOGGED + line)));
      log.close();
    }
  }

  #live(life: Life): void {
    const { layers } = this.scenario;
    const random = stream(layers.fs, layers.seed, 1800 + this.#lives++);
    this.#mounted(life.mode, () => work(random, this.stage.mnt, life.steps));
  }

  #mounted<T>(mode: Mode, act: () => T): T {
    const { layers } = this.scenario;
    const options = optionsOf({ ...layers, metacopy: this.#metacopy }, mode, true);
    const mount = overlayOf(this.#where, options);
    return this.stage.withOverlay(mount, act, `mount, ${mode}`);
  }

  #onCopy<T>(mode: Mode, act: () => T): T {
    return onCopy(this.stage, () => this.#mounted(mode, act));
  }

  /** Null where the mount is refused. */
  #exportedCopy<T>(act: () => T): T | null {
    const { layers } = this.scenario;
    const options = optionsOf(layers, "nfs_export", true);
    return onCopy(this.stage, () => (this.stage.overlay(overlayOf(this.#where, options)) < 0 ? null : act()));
  }

  /** Link counts of lower files that have several names, by number. */
  #lowerLinks(): ReadonlyMap<number, number> {
    const links = new Map<number, number>();
    for (const node of this.#where.lower.flatMap((layer) => scan(layer))) {
      const number = numberAt(node.path);
      if (number !== null && node.nlink > 1 && !isDir(node)) links.set(number, node.nlink);
    }
    return links;
  }

  /** An upper file that nothing ties to a lower one: a name that was copied up alone. */
  #isUntied({ path }: Shown): boolean {
    const upper = under(this.#where.upper, path);
    try {
      lstatSync(upper);
    } catch {
      return false;
    }
    return !overlayXattrs(upper).has("origin");
  }
}
