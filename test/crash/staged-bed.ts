/** A filled bed on a filesystem of its own, and in one line each what most tests do with it. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type ApplyHost, type Session, Trouble, type TroubleKind } from "../../src/lib/apply/index.js";
import type { Action } from "../../src/lib/plan/types.js";
import { Disk, Stage } from "../support/mounts.js";
import { must } from "../support/sys.js";
import { actions, Bed, carryOut, fill, fine, outline } from "./bed.js";
import { Mortal } from "./mortal.js";

type Made = Parameters<typeof Disk.create>[0];

export class StagedBed extends Bed {
  /** What it is filled with. */
  readonly before: readonly string[];

  private constructor(
    readonly stage: Stage,
    readonly disk: Disk,
  ) {
    super(disk.dir);
    fill(this);
    this.before = this.dump();
  }

  /** `size` of the image, in bytes. */
  static create(fs: Made = "ext4", size?: number): StagedBed {
    const stage = Stage.create("ext4", 0);
    try {
      const dir = join(stage.root, "d0");
      mkdirSync(dir);
      const disk = Disk.create(fs, Buffer.from(dir), 0, size);
      stage.disks.push(disk);
      disk.mount();
      return new StagedBed(stage, disk);
    } catch (error) {
      stage.dispose();
      throw error;
    }
  }

  dispose(): void {
    this.stage.dispose();
  }

  /** An overlay of these directories; the kernel makes work/work anew. */
  mount(): void {
    const { lower, upper, work } = this;
    must(this.stage.overlay({ lower: [lower], upper, work, options: [["index", "off"]] }), "mount");
  }

  umount(): void {
    this.stage.umountOverlay();
  }

  /** Do something in a session, which ends with it. */
  during<T>(call: (session: Session) => T, host: Partial<ApplyHost> = {}, lower: readonly string[] = []): T {
    const session = fine(this.open(host, lower));
    try {
      return call(session);
    } finally {
      session.close();
    }
  }

  repair(plan: readonly Action[] = actions(this), host: Partial<ApplyHost> = {}): string {
    return this.during((session) => carryOut(session, plan), host);
  }

  /** Apply and finish: what came of it. */
  tryOut(
    plan: readonly Action[],
    asked = () => false,
    host: Partial<ApplyHost> = {},
  ): { done: number; kind: TroubleKind | null } {
    return this.during((session) => {
      const run = fine(session.begin("repair"));
      const { done, trouble } = run.apply(plan, asked);
      expect(run.finish()).toBeNull();
      return { done, kind: trouble?.kind ?? null };
    }, host);
  }

  /** `lower`: layers that may be written, too. */
  undo(id: string, lower: readonly string[] = []) {
    return this.during((session) => session.undo(id, { dryRun: false }), {}, lower);
  }

  recover(lower: readonly string[] = []) {
    return this.during((session) => session.recover(), {}, lower);
  }

  /** What was interrupted is recovered; then the newest run, if there is one that is not undone, is taken back. */
  takeBack(): void {
    this.during((session) => {
      fine(session.recover());
      const [newest] = fine(session.journals());
      if (newest?.state === "finished") fine(session.undo(newest.id, { dryRun: false }));
    });
  }

  /** Outlines after none, one, two… of {@link actions}. */
  states(): string[][] {
    return Array.from({ length: actions(this).length + 1 }, (_, count) => {
      expect(this.tryOut(actions(this).slice(0, count))).toEqual({ done: count, kind: null });
      const state = outline(this.dump());
      this.takeBack();
      return state;
    });
  }

  /** A run of {@link actions} whose process is gone in the middle of them. */
  interrupt(): void {
    expect(new Mortal({ call: 40, phase: "after" }).live((host) => this.repair(actions(this), host))).toBe(
      false,
    );
  }
}

/** Of trouble its kind; null where there is none. */
export const kindOf = (value: unknown): string | null => (value instanceof Trouble ? value.kind : null);
