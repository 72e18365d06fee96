/**
 * From steps to a batch of changes: each is compared with what stands on the disk, and what it makes is made aside,
 * before a line of the batch is written. Nothing in the layers is changed here.
 */
import { decodeHandle, encodeHandle } from "../format/fileHandle.js";
import type { Glance } from "../host/native.js";
import { inodeKey, JOURNAL, parentOf, placeKey } from "../plan/place.js";
import type { HandleOf, Made, Place, Seen, Step } from "../plan/types.js";
import { Batch } from "./batch.js";
import { arrival, type Change, changeOf, departure, inJournal, same, type XattrName } from "./change.js";
import type { Touched } from "./codec.js";
import type { Ground } from "./ground.js";
import { NO_LINK } from "./making.js";
import { noteTimes } from "./times.js";
import { changed, must, Stop, showPlace, troubleOf } from "./trouble.js";

/** Changes of a batch: a sync of the disk for each batch, and this many to be judged after a crash. */
const LARGEST = 16384;

/** What is journaled at once, and which of it belongs together. */
export interface Composed {
  readonly first: number;
  readonly changes: readonly Change[];
  /** Of each change the position of its action in what was given to apply(). */
  readonly owners: readonly number[];
  readonly touched: readonly Touched[];
}

/**
 * {@link add} steps until one does not fit, {@link take} the batch, carry it out, and go on. Numbers of changes run on
 * through all batches; what the run itself has changed before may differ from what the plan has seen.
 */
export class Composer {
  private batch: Batch;
  private owners: number[] = [];
  private readonly touched = new Map<string, Touched>();
  /** Inodes that this run changes: their ctime is its own. */
  private readonly own = new Set<number | string>();
  private lastLook: { key: string; found: Glance } | null = null;
  /** A whiteout that others are made of as links, and its inode. */
  private white: { at: Place; ino: number } | null = null;

  /** Inodes of directories that were made like others, by name: what may be asked for its handle. */
  private readonly made = new Map<string, number>();
  private others: ReadonlyMap<Step, Buffer> = new Map();

  /** Number in the run of the batch's first change. */
  private first = 0;

  constructor(private readonly ground: Ground) {
    this.batch = this.newBatch();
  }

  private newBatch(): Batch {
    return new Batch((layer) => this.ground.dev(layer));
  }

  /** What other name a whiteout has that goes: told before its step is added. */
  foresee(others: ReadonlyMap<Step, Buffer>): void {
    this.others = others;
  }

  /** Add a step. "full": take the batch first, carry it out, and come again. @throws Stop */
  add(planned: Step, owner: number): "full" | "added" {
    const step = this.here(planned);
    const n = this.first + this.batch.changes.length;
    const outline = changeOf(step, n, { other: this.others.get(planned) ?? null });
    if (outline === null) return "added";
    if (this.batch.changes.length >= LARGEST || !this.batch.fits(outline) || this.isEarly(step))
      return "full";
    this.compare(step);
    const change =
      step.op === "make" ? (changeOf(step, n, { made: this.makeAside(step.what, n) }) as Change) : outline;
    if (step.op === "make" && step.what.kind === "directory" && step.what.like !== undefined)
      this.made.set(placeKey(step.at), change.ino);
    this.touch(departure(change));
    this.touch(arrival(change));
    this.own.add(inodeKey(change.at.layer, change.ino));
    this.batch.add(change);
    this.owners.push(owner);
    return "added";
  }

  /** What it takes the handle of is made by a change of this batch. */
  private isEarly(step: Step): boolean {
    if (step.op !== "make" || step.what.kind !== "directory" || this.batch.changes.length === 0) return false;
    return step.what.xattrs.some(
      ([, value]) => "handleOf" in value && this.ground.look(value.handleOf) === null,
    );
  }

  /** Whatever can be moved into the run's folder is: there it stays what it was, its inode included. */
  private here(step: Step): Step {
    if (step.op !== "uncover" || this.ground.dev(step.at.layer) !== this.ground.dev("work")) return step;
    return { op: "keep", at: step.at, seen: step.seen };
  }

  /** What has been composed, without the changes of action `without`; the next batch begins. */
  take(without = -1): Composed {
    const cut = this.owners.indexOf(without);
    const end = cut < 0 ? this.owners.length : cut;
    const composed: Composed = {
      first: this.first,
      changes: this.batch.changes.slice(0, end),
      owners: this.owners.slice(0, end),
      touched: [...this.touched.values()],
    };
    this.first += end;
    this.batch = this.newBatch();
    this.owners = [];
    this.touched.clear();
    this.lastLook = null;
    return composed;
  }

  /** Is everything as the plan has seen it? */
  private compare(step: Step): void {
    switch (step.op) {
      case "xattr": {
        const { value } = this.expect(step.at, step.seen, step);
        if (typeof value !== "number" && same(value, step.old)) return;
        throw changed(step.at, `its xattr ${step.prefix ?? ""}${step.name} is not as it was planned for`);
      }
      case "fill":
        this.expect(step.at, step.seen);
        this.compareData(step);
        return;
      case "link": {
        this.expect(step.from, step.seen);
        const there = this.ground.look(step.at);
        if (there !== null && there.ino === step.seen.ino) {
          throw changed(step.at, `it is there already, as ${showPlace(step.from)}`);
        }
        return;
      }
      case "unlink":
        this.expect(step.other, step.seen);
        this.expect(step.at, step.seen);
        return;
      case "move":
      case "keep":
      case "uncover":
        this.expect(step.at, step.seen);
        return;
      case "make":
        return;
    }
  }

  /** Only what has no data may be filled: that is how it is told, later, that the data is this run's. */
  private compareData({ at, from, source, size }: Step & { op: "fill" }): void {
    const [own, below] = [this.ground.content(at), this.ground.content(from)];
    if (own?.size !== size || own.data > 0) throw changed(at, "it has another size now, or data of its own");
    if (below?.ino !== source.ino || below.ctimeNs !== source.ctimeNs || below.size !== size)
      throw changed(from, "it was changed after it was checked");
  }

  private expect(at: Place, { ino, ctimeNs }: Seen, xattr: XattrName | null = null): Glance {
    const key = placeKey(at);
    const known = xattr === null && this.lastLook?.key === key ? this.lastLook.found : null;
    const found = known ?? this.ground.look(at, xattr);
    if (found === null) throw changed(at, "it is gone");
    if (found.ino !== ino || found.dev !== this.ground.dev(at.layer))
      throw changed(at, "another object is there");
    if (found.ctimeNs !== ctimeNs && !this.own.has(inodeKey(at.layer, ino))) {
      throw changed(at, "it was changed after it was checked");
    }
    this.lastLook = { key, found };
    return found;
  }

  /** Gives the inode. */
  private makeAside(what: Made, n: number): number {
    const at = inJournal(`aside/${n}`);
    if (what.kind === "whiteout") return this.makeWhiteout(at, n);
    must(this.ground.mkdir(at, what.mode), `make a directory in ${showPlace(at)}`);
    if (what.like !== undefined)
      must(
        this.ground.dress(at, what.like),
        `owner, times and xattrs of a new directory in ${showPlace(at)}`,
      );
    for (const [name, value] of what.xattrs) {
      const bytes = Buffer.isBuffer(value) ? value : this.handleOf(value);
      must(this.ground.setXattr(at, { name }, bytes), `set ${name} of a new directory in ${showPlace(at)}`);
    }
    return this.inode(at);
  }

  private handleOf({ handleOf, as }: HandleOf): Buffer {
    const found = this.ground.examine(handleOf);
    const refused = (errno: number): Stop => new Stop(troubleOf(errno, `handle of ${showPlace(handleOf)}`));
    if (typeof found === "number") throw refused(found);
    const { ino, handle } = found;
    if (typeof handle === "number") throw refused(handle);
    if (ino !== this.made.get(placeKey(handleOf))) throw changed(handleOf, "another object is there");
    const model = decodeHandle(as);
    if (model.kind !== "valid") throw new Error("no handle structure");
    const { uuid, upper } = model.handle;
    return encodeHandle({ type: handle.type, uuid, fid: handle.bytes, upper });
  }

  /** As the kernel does it: names of one inode, where the filesystem allows that, and as many as it allows. */
  private makeWhiteout(at: Place, n: number): number {
    if (this.white !== null) {
      const result = this.ground.link(this.white.at, at);
      if (result === 0) return this.white.ino;
      if (!NO_LINK.has(result)) must(result, `make a whiteout in ${showPlace(at)}`);
    }
    const source = inJournal(`aside/whiteout-${n}`);
    must(this.ground.whiteout(source), `make a whiteout in ${showPlace(source)}`);
    const ino = this.inode(source);
    const result = this.ground.link(source, at);
    if (result === 0) this.white = { at: source, ino };
    else if (NO_LINK.has(result)) must(this.ground.rename(source, at), `rename in ${showPlace(at)}`);
    else must(result, `make a whiteout in ${showPlace(at)}`);
    return ino;
  }

  private inode(at: Place): number {
    const found = this.ground.look(at);
    if (found === null) throw changed(at, "it is gone");
    return found.ino;
  }

  /** Note the times of the directory that gets or loses a name. */
  private touch(name: Place | null): void {
    if (name === null || name.layer === JOURNAL || name.path.length === 0) return;
    const parent = { layer: name.layer, path: parentOf(name.path) };
    const key = placeKey(parent);
    if (this.touched.has(key)) return;
    const touched = noteTimes(this.ground, parent);
    this.touched.set(key, touched);
    this.own.add(inodeKey(parent.layer, touched.ino));
  }
}
