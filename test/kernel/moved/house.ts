/** An overlay that lived on one filesystem, and whose layers are copied to another. */
import type { Wishes } from "../../../src/lib/migrations/index.js";
import type { MountSpec, Require } from "../../../src/lib/mount/spec.js";
import type { RunRequest, RunResult } from "../../../src/lib/repair/run-result.js";
import { repair, undo } from "../../../src/lib/repair.js";
import { onCopy } from "../../support/copies.js";
import type { FsType } from "../../support/disk.js";
import { dump } from "../../support/dump.js";
import { heardAgain, KernelLog, LOGGED, startsLogged } from "../../support/kmsg.js";
import { Stage } from "../../support/mounts.js";
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK } from "../../support/sys.js";
import { isWhiteout, scan } from "../../support/tree.js";
import { build } from "../random/live.js";
import {
  drawLived,
  type Layout,
  layout,
  MODE,
  type Mode,
  optionsOf,
  overlayOf,
  type Scenario,
  stream,
} from "../random/scenario.js";
import { specOf } from "../random/seed.js";
import { copyWith, type Tool } from "./copy.js";
import { compareViews, type View, viewOf } from "./view.js";

/** What goes to the new filesystem. */
export type Part = "all" | "lower" | "upper";

export interface Move {
  readonly from: FsType;
  readonly to: FsType;
  readonly seed: number;
  readonly tool: Tool;
  readonly part: Part;
  readonly lowers: number;
  readonly mode: Mode;
  /** Whether --old-lower is given. */
  readonly old: boolean;
  readonly trustPaths: boolean;
  readonly uuid?: "off" | "null";
}

export interface Outcome {
  readonly problems: readonly string[];
  readonly story: readonly string[];
}

export function scenarioOf(move: Move): Scenario {
  const random = stream(move.from, move.seed, 77);
  return {
    fs: move.from,
    seed: move.seed,
    lowers: move.lowers,
    apart: false,
    lived: drawLived(random, move.lowers, 0.5),
    lives: Array.from({ length: random.int(1, 2) }, () => ({ mode: move.mode, steps: random.int(15, 40) })),
    redirect: "on",
    metacopy: move.mode === "index" && random.chance(0.5),
    userxattr: false,
    uuid: [move.uuid ?? "", move.uuid ?? ""],
    damages: 0,
    require: move.mode === "index" ? "index" : "nfs-export",
  };
}

/** What tar packs with all its hard links. */
const PACKED: ReadonlySet<number> = new Set([S_IFREG, S_IFDIR, S_IFLNK]);

/** Null for a seed that does not fit the tool. */
export async function moveHouse(move: Move): Promise<Outcome | null> {
  const outcome = await moveOnce(move);
  if (outcome === null) return null;
  const again = async () => (await moveOnce(move))?.problems ?? [];
  return { ...outcome, problems: await heardAgain(outcome.problems, startsLogged, again, 4) };
}

async function moveOnce(move: Move): Promise<Outcome | null> {
  const what = scenarioOf(move);
  const [old, fresh] = [Stage.create(move.from), Stage.create(move.to)];
  const house = new House(move, what, old, fresh);
  try {
    old.mountDisks();
    fresh.mountDisks();
    build(old, what, house.was);
    if (move.tool === "tar" && house.isBeyondTar()) return null;
    return await house.move();
  } finally {
    old.dispose();
    fresh.dispose();
  }
}

class House {
  readonly was: Layout;
  readonly is: Layout;

  constructor(
    readonly plan: Move,
    readonly what: Scenario,
    readonly old: Stage,
    readonly fresh: Stage,
  ) {
    this.was = layout(old, what);
    const goal = layout(fresh, what);
    this.is = {
      lower: plan.part === "upper" ? this.was.lower : goal.lower,
      upper: plan.part === "lower" ? this.was.upper : goal.upper,
      work: plan.part === "lower" ? this.was.work : goal.work,
    };
  }

  /** Sockets, and hard links of devices and fifos: tar packs none of these. */
  isBeyondTar(): boolean {
    return [...this.was.lower, this.was.upper].some((root) => {
      const special = scan(root).filter((node) => !isWhiteout(node) && !PACKED.has(node.mode & S_IFMT));
      const inos = special.map(({ ino }) => ino);
      const hasSocket = special.some(({ mode }) => (mode & S_IFMT) === S_IFSOCK);
      return hasSocket || new Set(inos).size < inos.length;
    });
  }

  /** Something of upper was copied up: else nothing of it knows where its layers were. */
  hasOrigins(): boolean {
    return this.plan.mode !== "plain" || scan(this.is.upper).some(({ xattrs }) => xattrs.has("origin"));
  }

  async move(): Promise<Outcome> {
    const { part, tool } = this.plan;
    const problems: string[] = [];
    // Lived without an index, it shows what it shows without one.
    const before = this.view(this.was, this.plan.mode);
    const lower = this.was.lower.map((_, i) => `l${i + 1}`);
    const names = [...(part === "upper" ? [] : lower), ...(part === "lower" ? [] : ["u", "w"])];
    copyWith(tool, this.old.dir, names, this.fresh.dir);
    if (part === "all" && !this.plan.old) this.old.umountDisks();

    const roots = [...this.is.lower, this.is.upper, this.is.work];
    const original = dump(roots);
    const hasOrigins = this.hasOrigins();
    const first = await repair(this.spec(), this.request());
    const story = tell(first);
    if (first.trouble !== null) problems.push(`trouble: ${first.trouble.kind}: ${first.trouble.message}`);
    if (hasOrigins && first.migrations[0]?.name !== "restamp")
      problems.push(`no restamp: ${first.migrations[0]?.name}`);
    if (first.after?.ready !== true)
      problems.push(
        ...first.remaining.map(
          ({ severity, code, layer, path }) => `left: ${severity} ${code} ${layer} ${path?.toString() ?? ""}`,
        ),
      );
    const changed = first.after?.prediction.index;
    if (changed === undefined || changed.removed.length + changed.tombstoned.length > 0)
      problems.push("the next mount changes the index");
    const log = new KernelLog();
    const after = this.view(this.is, MODE[this.what.require]);
    const warnings = log.take();
    log.close();
    const loses = first.plan.filter(
      ({ action }) => action.loses !== null && action.because.code === "restamp",
    ).length;
    problems.push(...compareViews(before, after, loses > 0));
    problems.push(...warnings.map((text) => LOGGED + text));
    const second = await repair(this.spec(), this.request());
    if (second.changed) problems.push(...tell(second).map((line) => `again: ${line}`));
    if (first.journal !== null) {
      const accept = async (): Promise<boolean> => true;
      const undone = await undo(this.spec(), {
        journal: first.journal,
        dryRun: false,
        accept,
        asked: () => false,
      });
      if (undone.trouble !== null) problems.push(`undo: ${undone.trouble.message}`);
    }
    const back = dump(roots);
    const known = new Set(original);
    problems.push(...back.filter((line) => !known.has(line)).map((line) => `not undone: ${line}`));
    if (back.length !== original.length)
      problems.push(`undone to ${back.length} of ${original.length} objects`);
    return { problems, story: [`loses: ${loses}`, ...story] };
  }

  /** On copies of the disks: a mount may write. */
  view(where: Layout, mode: Mode): View {
    const mount = overlayOf(where, optionsOf(this.what, mode, true));
    const { old, fresh } = this;
    return onCopy([old, fresh], () => fresh.withOverlay(mount, () => viewOf(fresh.mnt)));
  }

  spec(): MountSpec {
    return specOf(this.what, this.is, this.what.require);
  }

  request(): RunRequest {
    const wishes: Wishes = { only: null, trustPaths: this.plan.trustPaths, detach: false };
    const require: Require = this.what.require;
    return {
      command: "migrate",
      require,
      mode: "yes",
      migrate: { wishes, oldLower: this.plan.old ? this.was.lower : [] },
      decide: async (plan) => plan.actions,
      asked: () => false,
    };
  }
}

export function tell(result: RunResult): string[] {
  return [
    ...result.migrations.flatMap(({ name, because, notices }) => [`${name}: ${because}`, ...notices]),
    ...result.plan.map(
      ({ action, round, outcome }) =>
        `${round} ${outcome}: ${action.action} ${action.target.layer} ${action.target.path.toString()} [${action.because.code}] ${action.evidence}${action.loses === null ? "" : `; LOSES ${action.loses}`}`,
    ),
    ...result.left.map(
      ({ finding, why }) => `left: ${finding.code} ${finding.path?.toString() ?? ""}: ${why}`,
    ),
  ];
}
