/** What the names of today's overlay show, asked by handle: is the object that this one stood for still there? */
import { decodeWire } from "../format/wireHandle.js";
import type { Errno, RawHandle } from "../host/native.js";
import type { Env } from "../kernel/env.js";
import type { FoundObject } from "../kernel/lookup.js";
import { encodeFh } from "../kernel/origin.js";
import { HandleTable } from "../model/handle-table.js";

/** Flags of a row. */
const SHOWN = 1;
/** It has a name, but the exported mount does not show it. */
const MISSING = 2;
/** The object that is read is the upper one. */
const UPPER = 4;
/** Following the handle would lead to the object that is shown. */
const PROVEN = 8;

/** The real object that is read under a name. */
export interface Top {
  readonly upper: boolean;
  readonly ino: number;
}

/** Handles of interest, and which real object the names show that have that identity. */
export class ShownObjects {
  readonly #table = new HandleTable();
  /** Hard links that were split: names of one identity that show several objects. */
  readonly #others = new Map<number, Top[]>();

  /** Whatever is asked about has to be added before names are marked. Returns the number of its row. */
  add(fh: Uint8Array, start: number): number {
    return this.#table.put(fh, start, 0, 0);
  }

  /** Nothing but this object is shown for the handle, and the kernel would find it. */
  isProven(row: number): boolean {
    return (this.#table.flags(row) & PROVEN) !== 0 && !this.#others.has(row);
  }

  /** A name shows this object, and the handle structure at `fh[start…]` leads there. */
  prove(fh: Uint8Array, start: number, top: Top): void {
    const row = this.#mark(fh, start, top, SHOWN);
    if (row >= 0) this.#table.mark(row, PROVEN);
  }

  /** A name shows this object, and the handle structure at `fh[start…]` stands for it, wherever it leads. */
  show(fh: Uint8Array, start: number, top: Top): void {
    this.#mark(fh, start, top, SHOWN);
  }

  /** The same for what a lookup has found. `shown`: the exported mount shows it, too. */
  mark(env: Env, found: FoundObject, shown: boolean): void {
    const top = topOf(env, found);
    if (top === null) return;
    for (const fh of identitiesOf(env, found)) this.#mark(fh, 0, top, shown ? SHOWN : MISSING);
  }

  /** Objects that names show, or should show, for this handle's object; none: no name does. */
  tops(fh: Buffer): readonly Top[] {
    const row = this.#table.find(fh, 0);
    if (row < 0 || (this.#table.flags(row) & (SHOWN | MISSING)) === 0) return [];
    return [this.#top(row), ...(this.#others.get(row) ?? [])];
  }

  #top(row: number): Top {
    return { upper: (this.#table.flags(row) & UPPER) !== 0, ino: this.#table.ino(row) };
  }

  #mark(fh: Uint8Array, start: number, top: Top, how: typeof SHOWN | typeof MISSING): number {
    const row = this.#table.find(fh, start);
    if (row < 0) return row;
    const flags = this.#table.flags(row);
    if ((flags & (SHOWN | MISSING)) === 0) {
      this.#table.setIno(row, top.ino);
      this.#table.mark(row, how | (top.upper ? UPPER : 0));
      return row;
    }
    this.#table.mark(row, how);
    if (this.#table.ino(row) === top.ino && ((flags & UPPER) !== 0) === top.upper) return row;
    const others = this.#others.get(row) ?? [];
    if (!others.some((known) => sameTop(known, top))) this.#others.set(row, [...others, top]);
    return row;
  }
}

export const sameTop = (a: Top, b: Top): boolean => a.upper === b.upper && a.ino === b.ino;

/** The real object that a name shows; null where it cannot be told. */
export function topOf(env: Env, found: FoundObject): Top | null {
  if (found.upper !== null) return { upper: true, ino: found.upper.object.ino };
  // A lower alias of an indexed object: the entry is what is read.
  if (found.indexed && !found.isDir && found.lowerFh !== null) {
    const hit = env.index?.find(found.lowerFh);
    if (hit?.state === "entry") return { upper: true, ino: hit.ino };
  }
  const lower = found.lower[0];
  return lower === undefined ? null : { upper: false, ino: lower.object.ino };
}

/** Handle structures that stand for this object: its own in upper, and that of the lower object it was copied up from. */
export function identitiesOf(env: Env, found: FoundObject): Buffer[] {
  const identities = found.lowerFh === null ? [] : [found.lowerFh];
  if (found.upper === null) return identities;
  const own = encodeFh(env, found.upper.layer, found.upper.object, true);
  if (own !== null) identities.push(own);
  return identities;
}

/** The handle structure inside of what a client holds; null where it is none that this kernel knows. */
export function structureOf(handle: RawHandle | Errno): Buffer | null {
  if (typeof handle === "number") return null;
  const wire = decodeWire(handle.type, handle.bytes);
  return wire.kind === "valid" ? wire.structure.subarray(0, wire.inner.handle.length) : null;
}
