/** How many objects of each directory have their index entry: for a picture of the whole, not for a verdict. */
import type { Survey } from "./survey.js";

/** A directory of the overlay with index entries for what is in it. */
export interface IndexedDirectory {
  /** Of the overlay, as of every path; the empty Buffer is the root. */
  readonly path: Buffer;
  /** Upper objects in it (not below it) whose index entry stands for them. */
  readonly indexed: number;
}

export interface IndexCoverage {
  /** Those that have any. */
  readonly directories: readonly IndexedDirectory[];
  /** Entries of deleted objects, which are in no directory any more. */
  readonly tombstones: number;
}

/** Null where the overlay is not asked to have an index. */
export function indexCoverage({ index, dirs }: Survey): IndexCoverage | null {
  if (index === null) return null;
  const counts = new Map<number, number>();
  let tombstones = 0;
  for (let row = 0; row < index.table.size; row++) {
    if (index.isGone(row)) continue;
    if (index.isTombstone(row)) tombstones += 1;
    else if (index.isClaimed(row)) {
      const dir = index.table.note(row);
      counts.set(dir, (counts.get(dir) ?? 0) + 1);
    }
  }
  const directories = [...counts].map(([dir, indexed]) => ({ path: dirs[dir] ?? Buffer.alloc(0), indexed }));
  return { directories, tombstones };
}
