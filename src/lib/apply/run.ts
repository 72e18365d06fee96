/**
 * One run of a command: its journal, and the changes that it makes.
 *
 * What a crash may leave, and why it can always be taken back: changes are journaled in batches. The lines
 * of a batch, with all old values, are on the disk (fdatasync) before the first of its changes is made; and before those
 * lines are written, everything of the batch before it is on the disk (syncfs). So after a crash
 * all batches but the last are as the journal has them; of the last it is not known how much was done, and the disk
 * tells (batch.ts, judge.ts). Whatever a journal says to be done is never believed on its own. Two
 * syncs a batch of up to 16384 changes make the disk wait for little: a sync for each change would take minutes.
 */
import { JOURNALS } from "../format/journalName.js";
import { JOURNAL } from "../plan/place.js";
import type { Action } from "../plan/types.js";
import type { Change } from "./change.js";
import { encode, type Stamp } from "./codec.js";
import { type Composed, Composer } from "./composer.js";
import type { Folder } from "./folder.js";
import type { Ground } from "./ground.js";
import type { JournaledBatch } from "./journal.js";
import { isBegun, judge } from "./judge.js";
import { findShortage, findUnfit } from "./limits.js";
import { Lookout } from "./lookout.js";
import { makeChange } from "./making.js";
import { othersOf } from "./others.js";
import { takeBack } from "./rollback.js";
import { concernsScratch } from "./stamp.js";
import { settleTimes } from "./times.js";
import { attempt, caught, refusalOf, Stop, showPlace } from "./trouble.js";
import { type Applied, type Kept, Trouble } from "./types.js";

/** What a run needs of its session. */
export interface Surroundings {
  readonly ground: Ground;
  /** Make the run's folder. @throws Stop */
  readonly open: () => Folder;
  /** Trouble where an overlay is mounted, or was since this was last asked. */
  readonly findMount: () => Trouble | null;
  /** The run itself, with this batch, changed something about work/work. */
  readonly noteOwnChange: (batch: Composed) => void;
  /** work/work as it is when no overlay has been mounted. */
  readonly stamp: () => Stamp | null;
}

const STOPPED = "stopped on demand, between two actions";

/** What one call of apply() was given. */
interface Order {
  readonly actions: readonly Action[];
  /** Number in the run of the first of them. */
  readonly base: number;
  readonly asked: () => boolean;
}

export class Run {
  /** What it moved out of the layers so far. */
  readonly kept: Kept[] = [];
  private readonly keptBy: number[] = [];
  private folder: Folder | null = null;
  private readonly composer: Composer;
  /** Batches of which something may have to be taken back yet. */
  private batches: JournaledBatch[] = [];
  /** Changes that are made; and of these, those of actions that are done as a whole. */
  private made = 0;
  private whole = 0;
  /** Actions that are done as a whole. */
  private actions = 0;
  /** Number of the action that is under way. */
  private current = -1;
  private journaled = -1;
  private trouble: Trouble | null = null;
  /** Something half done could not be taken back: the journal stays open. */
  private broken = false;

  constructor(
    /** "0007-repair" */
    readonly id: string,
    private readonly around: Surroundings,
  ) {
    this.composer = new Composer(around.ground);
  }

  /** Carry out actions in order. May be called again (the next round) unless there was trouble. */
  apply(actions: readonly Action[], asked: () => boolean): Applied {
    const base = this.actions;
    if (this.trouble === null) {
      try {
        this.carryOut({ actions, base, asked });
        this.begin(base + actions.length);
        this.current = -1;
        if (actions.length > 0) this.trouble = this.findLateMount();
      } catch (error) {
        this.trouble = caught(error);
        this.retreat();
      }
    }
    return { done: this.actions - base, trouble: this.trouble };
  }

  /** Close the journal. A run in which nothing was done leaves nothing behind. */
  finish(): Trouble | null {
    const { folder } = this;
    if (folder === null) return null;
    const left = `${folder.shown} stays open, and the next run recovers it`;
    if (this.broken) return new Trouble("left", left);
    try {
      if (this.made === 0) {
        folder.discard();
        return null;
      }
      folder.giveUpReserve();
      folder.syncAll();
      const [changes, actions, stamp] = [this.made, this.actions, this.around.stamp()];
      folder.commit(encode({ kind: "finished", changes, actions, stamp }));
      folder.tidy();
      folder.rename("finished");
      return null;
    } catch (error) {
      const { kind, message } = caught(error);
      return new Trouble(kind, `${message}; ${left}`);
    }
  }

  /** All is done, and was done under an overlay that somebody mounted meanwhile. */
  private findLateMount(): Trouble | null {
    const mounted = attempt(() => this.around.findMount());
    if (mounted === null) return null;
    const why = `${mounted.message}; ${this.id} was under way, and cannot be undone`;
    return new Trouble(mounted.kind === "in-use" ? "mounted" : mounted.kind, why);
  }

  private carryOut(order: Order): void {
    const { actions, base } = order;
    const { ground } = this.around;
    const others = othersOf(actions);
    const trouble =
      this.around.findMount() ??
      findUnfit(ground, actions, others, this.folder?.written ?? 0) ??
      findShortage(ground, actions, others);
    if (trouble !== null) throw new Stop(trouble);
    this.folder ??= this.around.open();
    this.composer.foresee(others);
    for (const [position, { steps }] of actions.entries()) {
      const problem = this.compose(steps, base + position, order);
      if (problem === null) continue;
      // What was composed before this action is done all the same.
      this.carryOutBatch(this.composer.take(base + position), order);
      if (this.current !== base + position) this.begin(base + position);
      throw new Stop(problem);
    }
    this.carryOutBatch(this.composer.take(), order);
  }

  /** Trouble where a step is not to be done; what is thrown is about a batch that was carried out. */
  private compose(steps: Action["steps"], owner: number, order: Order): Trouble | null {
    for (const step of steps) {
      for (;;) {
        const answer = attempt(() => this.composer.add(step, owner));
        if (answer === "added") break;
        if (answer !== "full") return answer;
        this.carryOutBatch(this.composer.take(), order);
      }
    }
    return null;
  }

  private carryOutBatch(composed: Composed, order: Order): void {
    const { changes, owners, touched } = composed;
    const { folder } = this;
    if (changes.length === 0 || folder === null) return;
    const mounted = this.around.findMount();
    if (mounted !== null) throw new Stop(mounted);
    folder.syncAll();
    folder.commit(this.linesOf(composed, order));
    this.batches = this.batches.filter((batch) => batch.first + batch.changes.length > this.whole);
    this.batches.push(composed);
    this.around.ground.letGo();
    const lookout = new Lookout(() => this.around.findMount());
    for (const [i, change] of changes.entries()) {
      const owner = owners[i] as number;
      if (owner !== this.current) {
        this.begin(owner);
        if (order.asked()) throw new Stop(new Trouble("stopped", STOPPED));
      }
      const late = change.op === "fill" ? lookout.before(change.size) : null;
      if (late !== null) throw new Stop(late);
      this.make(change, order.asked);
    }
    settleTimes(this.around.ground, touched);
    if (concernsScratch(composed) !== "none") this.around.noteOwnChange(composed);
  }

  /** All actions before this one are done as a whole. */
  private begin(owner: number): void {
    this.whole = this.made;
    this.actions = owner;
    this.current = owner;
  }

  private make(change: Change, asked: () => boolean): void {
    let mounted: Trouble | null = null;
    const isOver = (): boolean => {
      mounted = this.around.findMount();
      return mounted !== null || asked();
    };
    const result = makeChange(this.around.ground, change, change.op === "fill" ? isOver : asked);
    if (mounted !== null) this.leave(change, mounted);
    // A call that failed may have done its work all the same.
    if (result === 0 || this.isMade(change)) this.made++;
    if (result === "stopped") throw new Stop(new Trouble("stopped", STOPPED));
    if (result !== 0) throw new Stop(refusalOf(result, `${change.op} ${showPlace(change.at)}`));
    if (change.op === "rename" && change.to.layer === JOURNAL) {
      const { path } = this.around.ground.target.work;
      this.keptBy.push(this.made - 1);
      this.kept.push({
        at: change.at,
        path: Buffer.concat([path, Buffer.from(`/${JOURNALS}/${this.id}/`), change.to.path]),
      });
    }
  }

  /** Under a mount it is not even taken back: the kernel may be copying the same file up, for somebody who writes to it. */
  private leave({ at }: Change, { kind, message }: Trouble): never {
    this.broken = true;
    throw new Stop(
      new Trouble(kind, `${message}; ${showPlace(at)} is copied in part, which nothing reads, and stays so`),
    );
  }

  /** Or half of it is: then it has to be taken back. */
  private isMade(change: Change): boolean {
    try {
      return isBegun(judge(change, this.around.ground));
    } catch (error) {
      this.broken = true;
      throw error;
    }
  }

  /** Take back the steps of an action that was not carried through, so that none of it is done. */
  private retreat(): void {
    const { folder, batches, made, whole } = this;
    if (folder === null || this.broken) return;
    try {
      if (batches.length > 0) takeBack(this.around.ground, folder, batches, made, whole);
      while ((this.keptBy.at(-1) ?? -1) >= whole) {
        this.keptBy.pop();
        this.kept.pop();
      }
      this.made = whole;
    } catch (error) {
      this.broken = true;
      const also = caught(error).message;
      this.trouble = new Trouble(
        "left",
        `${this.trouble?.message}; nor could the rest be taken back: ${also}`,
      );
    }
  }

  private linesOf({ first, changes, owners, touched }: Composed, { actions, base }: Order): string {
    let lines = encode({ kind: "batch", first });
    for (const directory of touched) lines += encode({ kind: "directory", touched: directory });
    for (const [i, change] of changes.entries()) {
      const owner = owners[i] as number;
      const action = actions[owner - base];
      if (owner !== this.journaled && action !== undefined) {
        lines += encode({ kind: "action", action: action.action, code: action.because.code });
      }
      this.journaled = owner;
      lines += encode({ kind: "change", change });
    }
    return lines;
  }
}
