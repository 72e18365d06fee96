/** Where a command writes: the session on the overlay and the one journal of its run, opened when they are needed. */
import {
  type ApplyHost,
  type Recovery as ApplyRecovery,
  Trouble as ApplyTrouble,
  type TroubleKind as ApplyTroubleKind,
  openSession,
  type Run,
  type Session,
  type Target,
} from "../apply/index.js";
import type { Finding } from "../catalogue/index.js";
import { layerName } from "../checks/context.js";
import type { Files } from "../host/files.js";
import type { Native } from "../host/native.js";
import type { Writer } from "../host/writer.js";
import { join } from "../kernel/path.js";
import { closeStack, openStack } from "../layers/open.js";
import type { Layer, Stack } from "../layers/types.js";
import type { MountSpec } from "../mount/spec.js";
import type { WritableLowers } from "../plan/plan.js";
import type { Action } from "../plan/types.js";
import type { Kept, Recovery, RunCommand, Trouble, TroubleKind } from "./run-result.js";

export type { Target } from "../apply/index.js";

/** What a command reads and writes through. */
export interface WriteHost {
  readonly native: Native;
  readonly files: Files;
  readonly writer: Writer;
}

const JOURNALS = Buffer.from("ovl-index");

/** What `apply/` tells apart, as commands tell it. */
const KINDS = {
  locked: "locked",
  "in-use": "in-use",
  "read-only": "read-only",
  "no-space": "no-space",
  changed: "changed",
  mounted: "changed",
  unfinished: "failed",
  left: "failed",
  "future-journal": "unknown-format",
  "bad-journal": "failed",
  "no-journal": "no-journal",
  unsupported: "failed",
  stopped: "cancelled",
  io: "failed",
} as const satisfies Record<ApplyTroubleKind, TroubleKind>;

export const toTrouble = ({ kind, message }: ApplyTrouble): Trouble => ({ kind: KINDS[kind], message });

/** The directories of a stack as they were when it was opened; null for one without an upper layer. */
export function targetOf(spec: MountSpec, { upper, work, lower, data, prefix }: Stack): Target | null {
  if (upper === null || work === null) return null;
  const rootOf = (layer: Layer) => ({
    name: layerName(layer),
    path: layer.path,
    dev: layer.dev,
    ino: layer.ino,
  });
  return {
    upper: { path: upper.path, dev: upper.dev, ino: upper.ino },
    work: { path: work.path, dev: work.dev, ino: work.ino },
    lower: lower.map(rootOf),
    data: data.map(rootOf),
    prefix,
    spec,
  };
}

/** Lower layers on mounts that can be written. */
export function writableLowers({ upper, lower }: Stack): WritableLowers {
  const writable = lower.filter(({ readonly }) => !readonly);
  return new Map(writable.map((layer) => [layerName(layer), layer.dev === upper?.dev ? "all" : "in-place"]));
}

/** The directories of a stack, opened now; null also where a layer cannot be opened. */
export function findTarget(spec: MountSpec, { native, files }: WriteHost): Target | null {
  const { stack } = openStack(native, files, spec);
  if (stack === null) return null;
  closeStack(native, stack);
  return targetOf(spec, stack);
}

export class Workplace {
  readonly #target: Target;
  readonly #session: Session;
  #run: Run | null = null;

  private constructor(target: Target, session: Session) {
    this.#target = target;
    this.#session = session;
  }

  /** Lock the overlay. `lower`: its lower layers may be written, too. */
  static open(host: ApplyHost, target: Target, lower: boolean): Workplace | Trouble {
    const opened = openSession(host, target, { lower: lower ? target.lower.map(({ name }) => name) : [] });
    return opened instanceof ApplyTrouble ? toTrouble(opened) : new Workplace(target, opened);
  }

  /** Are these the directories that are open here? */
  isFor({ upper, work, lower, data }: Target): boolean {
    const here = [this.#target.upper, this.#target.work, ...this.#target.lower, ...this.#target.data];
    const there = [upper, work, ...lower, ...data];
    const same = there.every(({ dev, ino }, i) => here[i]?.dev === dev && here[i].ino === ino);
    return same && here.length === there.length;
  }

  /** Finish or take back what an interrupted run has left; null where there is none. */
  recover(): Recovery | Trouble | null {
    const recovery = this.#session.recover();
    if (recovery instanceof ApplyTrouble) return toTrouble(recovery);
    return toRecovery(this.#target, recovery);
  }

  apply(
    command: RunCommand,
    actions: readonly Action[],
    asked: () => boolean,
  ): { readonly done: number; readonly trouble: Trouble | null } {
    if (this.#run === null) {
      const begun = this.#session.begin(command);
      if (begun instanceof ApplyTrouble) return { done: 0, trouble: toTrouble(begun) };
      this.#run = begun;
    }
    const { done, trouble } = this.#run.apply(actions, asked);
    return { done, trouble: trouble === null ? null : toTrouble(trouble) };
  }

  /** Id of the run that has begun to write. */
  get runId(): string | null {
    return this.#run?.id ?? null;
  }

  get journal(): Buffer | null {
    return this.#run === null ? null : journalPath(this.#target, this.#run.id);
  }

  get kept(): readonly Kept[] {
    return (this.#run?.kept ?? []).map(({ at, path }) => ({ from: at, path }));
  }

  /** End the run, and let others write. */
  close(): Trouble | null {
    const trouble = this.#run?.finish() ?? null;
    this.#session.close();
    return trouble === null ? null : toTrouble(trouble);
  }
}

const COMMANDS: readonly RunCommand[] = ["repair", "build", "migrate"];

/** "0007-repair" is one of `repair`. */
export function commandOf(id: string): RunCommand {
  return COMMANDS.find((command) => id.endsWith(`-${command}`)) ?? "repair";
}

/** Where the journals of an overlay are, by the path of its work directory. */
export function homeOf(work: Buffer): Buffer {
  return join(work, JOURNALS);
}

export function journalPath({ work }: Target, id: string): Buffer {
  return join(homeOf(work.path), Buffer.from(id));
}

/** What a dry run tells of an interrupted one. */
export function pending(target: Target, { evidence }: Finding<"journal-unfinished">): Recovery {
  const { run } = evidence;
  return { journal: journalPath(target, run), command: commandOf(run), how: "pending", changes: 0 };
}

export function toRecovery(target: Target, recovery: ApplyRecovery): Recovery | null {
  if (recovery.kind === "none") return null;
  const { journal, kind, changes, undoing } = recovery;
  const command = undoing ? "undo" : commandOf(journal);
  return { journal: journalPath(target, journal), command, how: kind, changes };
}
