/**
 * Changes that are journaled together and then made, one after the other. After a crash nobody knows how many of
 * them were made; it is found out from the disk. That works because a batch holds only changes of which each
 * can be told from what stands there, whichever of the others were made:
 *
 * - no directory on the way to anything is renamed by the batch;
 * - what a change needs was not put there, and is not taken away, by an earlier one of the batch;
 * - what comes to a name is not what an earlier one took away from it;
 * - no xattr of an inode is set twice;
 * - a whiteout that goes without being moved aside leaves its name free: one that is made anew there looks like it;
 * - all of it is on one filesystem: of two, either may be further after a power cut;
 * - data is copied in batches of its own. Data comes to the disk in any order, and half of a file may be there: whatever is
 *   of it is taken back, so that it need not be known which file was the last.
 *
 * A change that would break this begins the next batch.
 */
import type { LayerName } from "../catalogue/index.js";
import { inodeKey, JOURNAL, type Place, placeKey } from "../plan/place.js";
import { arrival, type Change, departure, sources, xattrKey } from "./change.js";

const TAKEN = -1;

/**
 * The changes of one batch so far. Names in the run's own folder are left out of account: each is used by one change.
 */
export class Batch {
  readonly changes: Change[] = [];
  /** Names that went or came; the inode that went from it, TAKEN where nothing may come in this batch. */
  private readonly names = new Map<string, number>();
  private readonly renamed = new Set<string>();
  /** Directories that lead to something of the batch, up to the roots. */
  private readonly ways = new Set<string>();
  private readonly values = new Set<string>();

  /** `device`: of the filesystem that a layer is on. */
  constructor(private readonly device: (layer: LayerName) => number) {}

  /** Can the change be told from all that are in the batch? */
  fits(change: Change): boolean {
    const [first] = this.changes;
    if (first !== undefined && (first.op === "fill") !== (change.op === "fill")) return false;
    if (first !== undefined && this.device(first.at.layer) !== this.device(change.at.layer)) return false;
    for (const place of sources(change)) {
      if (place.layer === JOURNAL) continue;
      const key = placeKey(place);
      if (this.names.has(key) || this.leadsThroughRenamed(key)) return false;
    }
    const to = arrival(change);
    if (to !== null && to.layer !== JOURNAL) {
      const key = placeKey(to);
      const gone = this.names.get(key);
      if (gone === TAKEN || gone === change.ino || this.leadsThroughRenamed(key)) return false;
    }
    if (change.op === "rename" && this.ways.has(placeKey(change.at))) return false;
    const value = valueKey(change);
    return value === null || !this.values.has(value);
  }

  add(change: Change): void {
    this.changes.push(change);
    for (const place of sources(change)) this.goThrough(place);
    const from = departure(change);
    if (from !== null && from.layer !== JOURNAL) {
      this.names.set(placeKey(from), change.op === "uncover" ? TAKEN : change.ino);
    }
    const to = arrival(change);
    if (to !== null && to.layer !== JOURNAL) {
      this.goThrough(to);
      this.names.set(placeKey(to), TAKEN);
    }
    if (change.op === "rename") {
      this.renamed.add(placeKey(change.at)).add(placeKey(change.to));
    }
    const value = valueKey(change);
    if (value !== null) this.values.add(value);
  }

  private goThrough(place: Place): void {
    if (place.layer === JOURNAL) return;
    const key = placeKey(place);
    for (let end = key.lastIndexOf("/"); end >= 0; end = key.lastIndexOf("/", end - 1)) {
      const way = key.slice(0, end);
      if (this.ways.has(way)) return;
      this.ways.add(way);
      if (end === 0) return;
    }
  }

  private leadsThroughRenamed(key: string): boolean {
    if (this.renamed.size === 0) return false;
    for (let end = key.lastIndexOf("/"); end > 0; end = key.lastIndexOf("/", end - 1)) {
      if (this.renamed.has(key.slice(0, end))) return true;
    }
    return false;
  }
}

/** What of an inode the change sets: an xattr, or (no name) its data. Null: nothing. */
function valueKey(change: Change): string | null {
  if (change.op !== "xattr" && change.op !== "fill") return null;
  return `${inodeKey(change.at.layer, change.ino)} ${change.op === "fill" ? "" : xattrKey(change)}`;
}
