/**
 * A plan's steps as the changes that are really made. What is made is made in the journal's folder first, and
 * what is kept goes there, so that both are renames of an object whose inode is known before anything is changed.
 */
import type { OverlayPrefix } from "../format/xattrNames.js";
import type { Likeness, Looks } from "../host/writer.js";
import { JOURNAL } from "../plan/place.js";
import type { Place, Step } from "../plan/types.js";

/** A change as the journal has it: what is there before and after it, so that it can be made, recognised and taken back. `ino` is that of the object it is about. */
export type Change =
  | {
      readonly op: "xattr";
      readonly at: Place;
      readonly ino: number;
      /** After the prefix. */
      readonly name: string;
      /** Absent: the run's own, which its journal's header names. */
      readonly prefix?: OverlayPrefix;
      readonly old: Buffer | null;
      readonly value: Buffer | null;
    }
  /** From no data to all of what `from` has. */
  | {
      readonly op: "fill";
      readonly at: Place;
      readonly ino: number;
      readonly from: Place;
      readonly size: number;
      readonly looks: Looks;
    }
  /** A whiteout that goes, and is made anew where that is taken back. `other`: path of another name of it in that layer. */
  | {
      readonly op: "uncover";
      readonly at: Place;
      readonly ino: number;
      readonly like: Likeness;
      readonly other: Buffer | null;
    }
  | { readonly op: "link"; readonly at: Place; readonly from: Place; readonly ino: number }
  | { readonly op: "unlink"; readonly at: Place; readonly other: Place; readonly ino: number }
  | { readonly op: "rename"; readonly at: Place; readonly to: Place; readonly ino: number };

/** An overlay xattr of either prefix. */
export type XattrName = Pick<Change & { readonly op: "xattr" }, "name" | "prefix">;

/** What a plan does not know of a change. */
export interface Known {
  /** Inode of what is made. */
  readonly made?: number;
  /** Another name of the whiteout that goes. */
  readonly other?: Buffer | null;
}

/** The change that a step is; null where it changes nothing. `n`: its number in the run. */
export function changeOf(step: Step, n: number, { made = 0, other = null }: Known = {}): Change | null {
  switch (step.op) {
    case "xattr":
      if (same(step.old, step.value)) return null;
      return {
        op: "xattr",
        at: step.at,
        ino: step.seen.ino,
        name: step.name,
        ...(step.prefix === undefined ? {} : { prefix: step.prefix }),
        old: step.old,
        value: step.value,
      };
    case "fill": {
      const { op, at, seen, from, size, looks } = step;
      return { op, at, ino: seen.ino, from, size, looks };
    }
    case "uncover": {
      const { op, at, seen, like } = step;
      if (like === null) throw new Error("a whiteout that could not be made again");
      return { op, at, ino: seen.ino, like, other };
    }
    case "link":
      return { op: "link", at: step.at, from: step.from, ino: step.seen.ino };
    case "unlink":
      return { op: "unlink", at: step.at, other: step.other, ino: step.seen.ino };
    case "move":
      return { op: "rename", at: step.at, to: step.to, ino: step.seen.ino };
    case "keep":
      return { op: "rename", at: step.at, to: inJournal(`kept/${n}`), ino: step.seen.ino };
    case "make":
      return { op: "rename", at: inJournal(`aside/${n}`), to: step.at, ino: made };
  }
}

/** A place in the run's own folder, which has other names over time. */
export function inJournal(path: string): Place {
  return { layer: JOURNAL, path: Buffer.from(path) };
}

/** Names that have to be there, with the object that the change is about. What a fill copies is only read. */
export function sources(change: Change): readonly Place[] {
  switch (change.op) {
    case "xattr":
    case "fill":
    case "uncover":
    case "rename":
      return [change.at];
    case "link":
      return [change.from];
    case "unlink":
      return [change.at, change.other];
  }
}

/** The name that comes into being; null where none does. */
export function arrival(change: Change): Place | null {
  if (change.op === "link") return change.at;
  return change.op === "rename" ? change.to : null;
}

/** The name that goes; null where none does. */
export function departure(change: Change): Place | null {
  return change.op === "unlink" || change.op === "uncover" || change.op === "rename" ? change.at : null;
}

/** One string for each xattr of an object: no name has a NUL in it. */
export const xattrKey = ({ name, prefix }: XattrName): string =>
  prefix === undefined ? name : `${prefix}\0${name}`;

/** Null is the value of what is not there. */
export function same(one: Buffer | null, other: Buffer | null): boolean {
  return one === null || other === null ? one === other : one.equals(other);
}
