import type { LayerName } from "../catalogue/index.js";
import { isInterrupted } from "../format/journalName.js";
import { showPath } from "../report/text.js";
import { VERSION } from "../version.js";
import type { Stamp } from "./codec.js";
import type { Composed } from "./composer.js";
import { Folder } from "./folder.js";
import { Ground, type OpenLayer } from "./ground.js";
import { listRuns, nextNumber } from "./home.js";
import { notOpened, openLower } from "./lower.js";
import { findMount } from "./mounted.js";
import { Reader, refuseInterrupted } from "./reader.js";
import { recoverFolder } from "./recover.js";
import { Run } from "./run.js";
import { isOwnDoing, readStamp, sameStamp } from "./stamp.js";
import { attempt, Stop, troubleOf } from "./trouble.js";
import {
  type ApplyHost,
  type Recovery,
  type SessionOptions,
  type Target,
  Trouble,
  type UndoResult,
} from "./types.js";
import { type UndoOptions, undoRun } from "./undo.js";

const EWOULDBLOCK = -11;

/** Lock the overlay for writing. Nothing is written yet. */
export function openSession(host: ApplyHost, target: Target, options: SessionOptions): Session | Trouble {
  const { upper, work } = target;
  const mounted = findMount(host, target, options.lower);
  if (mounted !== null) return mounted;
  const opened = host.writer.openWritable(upper.path, work.path, { upper, work });
  if (typeof opened === "number") return notOpened(opened, "upper and work", upper.path);
  const layers = new Map<LayerName, OpenLayer>([
    ["upper", { fd: opened.upper, dev: upper.dev }],
    ["work", { fd: opened.work, dev: work.dev }],
  ]);
  const ground = new Ground(host, target, layers);
  const trouble =
    // In this order: another one may have the same upper and a work directory of its own.
    lock(host, opened.upper, upper.path) ??
    lock(host, opened.work, work.path) ??
    attempt(() => openLower(ground, options.lower)) ??
    findMount(host, target, options.lower);
  const session = trouble ?? attempt(() => new Session(ground, options));
  if (session instanceof Trouble) ground.close();
  return session;
}

function lock(host: ApplyHost, root: number, path: Buffer): Trouble | null {
  const locked = host.writer.lock(root);
  if (locked === EWOULDBLOCK) {
    return new Trouble(
      "locked",
      `another ovl-index is at work in ${showPath(path)}: wait until it has ended`,
    );
  }
  return locked === 0 ? null : troubleOf(locked, `lock ${showPath(path)}`);
}

/**
 * Who has it may write. First {@link recover}, then either one run or one undo at a time; {@link close} gives the lock back.
 */
export class Session extends Reader {
  /** work/work as this session last knew it to be. Whoever opens it before the plan is made learns of any mount since. */
  private stamp: Stamp | null;

  /** @throws HostError */
  constructor(ground: Ground, options: SessionOptions) {
    super(ground, options);
    this.stamp = readStamp(ground);
  }

  /** Deal with a run that was interrupted. To be called first; {@link begin} refuses while there is one. */
  recover(): Recovery | Trouble {
    return attempt(() => {
      const interrupted = listRuns(this.ground).folders.find(isInterrupted);
      if (interrupted === undefined) return { kind: "none" } as const;
      const folder = Folder.existing(this.ground, interrupted);
      const recovery = recoverFolder(this.ground, folder, interrupted.state === "undoing");
      this.stamp = readStamp(this.ground);
      return recovery;
    });
  }

  /** A run of its own, of which nothing is on the disk before it first writes. */
  begin(command: string): Run | Trouble {
    return attempt(() => {
      const runs = listRuns(this.ground);
      refuseInterrupted(runs);
      const id = `${String(nextNumber(runs)).padStart(4, "0")}-${command}`;
      return new Run(id, {
        ground: this.ground,
        open: () => this.createFolder(id, command),
        findMount: () => this.findMount(),
        noteOwnChange: (batch) => this.noteOwnChange(batch),
        stamp: () => this.stamp,
      });
    });
  }

  /** Only the newest run that is not undone can be. */
  undo(id: string, options: UndoOptions): UndoResult | Trouble {
    return attempt(() => {
      const runs = listRuns(this.ground);
      refuseInterrupted(runs);
      const mounted = findMount(this.ground.host, this.ground.target, this.options.lower);
      if (mounted !== null) throw new Stop(mounted);
      return undoRun(this.ground, runs, id, options);
    });
  }

  /** Somebody else's work/work is not taken for what the batch made: the next {@link findMount} tells of it. */
  private noteOwnChange(batch: Composed): void {
    const now = readStamp(this.ground);
    if (isOwnDoing(this.stamp, now, batch)) this.stamp = now;
  }

  private findMount(): Trouble | null {
    const { host, target } = this.ground;
    const trouble = findMount(host, target, this.options.lower);
    if (trouble !== null || sameStamp(this.stamp, readStamp(this.ground))) return trouble;
    return new Trouble("in-use", "the overlay was mounted meanwhile: unmount it, and check again");
  }

  private createFolder(id: string, command: string): Folder {
    const { target, uuid } = this.ground;
    // Only what it may write to: the numbers of other roots may be such that no journal can hold them.
    const lower = target.lower.filter(({ name }) => this.ground.has(name));
    const layers = [{ name: "upper", ...target.upper }, { name: "work", ...target.work }, ...lower];
    return Folder.create(this.ground, id, {
      kind: "header",
      header: {
        tool: VERSION,
        command,
        started: new Date().toISOString(),
        prefix: target.prefix,
        uuid,
        layers: layers.map(({ name, path, ino }) => ({ name, path, ino })),
        stamp: this.stamp,
      },
    });
  }
}
