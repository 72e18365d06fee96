/**
 * A plan as a value: what is wrong, what is done about it and why, down to the
 * single change. It can be printed, saved and compared; `apply/` carries it out.
 */
import type { Code, Finding, Safety } from "../catalogue/index.js";
import type { OverlayPrefix } from "../format/xattrNames.js";
import type { Likeness, Looks } from "../host/writer.js";
import type { Cause } from "./cause.js";
import type { Facts } from "./facts.js";
import type { Place } from "./place.js";

export type { Place } from "./place.js";

/** The object that a step was planned for; another one in its place means that the overlay has changed since. */
export interface Seen {
  readonly ino: number;
  /** st_ctime in nanoseconds when it was looked at; compared before the run's first change to this inode. */
  readonly ctimeNs: bigint;
}

/**
 * One change to a layer, atomic, and with all that is needed to take it back. Nothing is ever destroyed:
 * what has to go is kept in the journal's own folder, unless the same inode has another name, or it is a whiteout.
 */
export type Step =
  /** Set an overlay xattr, named as it is after the prefix, from `old` to `value`; null: it is not there. */
  | {
      readonly op: "xattr";
      readonly at: Place;
      readonly seen: Seen;
      readonly name: string;
      /** Absent: that of the overlay's options. Given where it is the other one. */
      readonly prefix?: OverlayPrefix;
      readonly old: Buffer | null;
      readonly value: Buffer | null;
    }
  /**
   * Copy the data of the file at `from`, which may be in a layer that nobody writes to, into the one at `at`: of the same
   * size, and without any data of its own, so that it is taken back by making it one hole again.
   */
  | {
      readonly op: "fill";
      readonly at: Place;
      readonly seen: Seen;
      readonly from: Place;
      readonly source: Seen;
      readonly size: number;
      /** Bytes of `from` that are not in holes. */
      readonly data: number;
      /** What it shall look like afterwards, as before. */
      readonly looks: Looks;
    }
  /** Give the non-directory at `from` one more name. */
  | { readonly op: "link"; readonly at: Place; readonly from: Place; readonly seen: Seen }
  /** Take away one name of an inode that keeps the name `other`. */
  | { readonly op: "unlink"; readonly at: Place; readonly other: Place; readonly seen: Seen }
  /**
   * Take a whiteout away: kept as by `keep` where its layer is on the filesystem of the journal's folder. Elsewhere all that
   * it is can be written down, and it is made anew from that.
   */
  | {
      readonly op: "uncover";
      readonly at: Place;
      readonly seen: Seen;
      /** Null: it has something that another one could not be given, or too much to be written down, and can only be kept. */
      readonly like: Likeness | null;
      /** All its names in this layer, where it has several: the one made anew is a link to one of those that are there then. */
      readonly names: readonly Buffer[];
    }
  /** Rename to where nothing is. */
  | { readonly op: "move"; readonly at: Place; readonly to: Place; readonly seen: Seen }
  /** Move into the journal's folder, for good or until it is undone. */
  | { readonly op: "keep"; readonly at: Place; readonly seen: Seen }
  /** Make something where nothing is. */
  | { readonly op: "make"; readonly at: Place; readonly what: Made };

/** What a step makes: in the journal's folder first, then renamed to its place. */
export type Made =
  /** A character device 0:0. Several may be names of one inode, as the kernel's are. */
  | { readonly kind: "whiteout" }
  | {
      readonly kind: "directory";
      /** Permission bits. The kernel's own, in the work directory, have none. */
      readonly mode: number;
      /** Overlay xattrs, named after the prefix. */
      readonly xattrs: readonly (readonly [name: string, value: Buffer | HandleOf])[];
      /** All else that it is to be; absent: root's, made now, without any other xattr. */
      readonly like?: Likeness;
    };

/** The handle structure of an upper object that an earlier step makes; all but what the filesystem tells is as in `as`. */
export interface HandleOf {
  readonly handleOf: Place;
  readonly as: Buffer;
}

/** What an action does, as a kebab-case verb and its object. */
export const ACTIONS = [
  "keep-index",
  "convert-marks",
  "set-opaque",
  "remove-opaque",
  "set-redirect",
  "remove-redirect",
  "set-origin",
  "remove-origin",
  "set-impure",
  "set-nlink",
  "set-upper",
  "set-metacopy",
  "copy-data",
  "remove-mark",
  "remove-entry",
  "keep-entry",
  "rename-entry",
  "make-index",
  "add-entry",
  "replace-entry",
  "remove-tombstone",
  "add-tombstone",
  "add-whiteout",
  "remove-whiteout",
  "clear-volatile",
] as const;
export type ActionKind = (typeof ACTIONS)[number];

/** One thing that is done as a whole: its steps in order, none of them alone. */
export interface Action {
  readonly action: ActionKind;
  /** What is changed, for people; the steps say it exactly. */
  readonly target: Place;
  /** The finding that it answers, or the migration that it is a part of. */
  readonly because: Cause;
  /** Why this and nothing else, from what is on the disk: "its origin is now at lower[1] a/b". */
  readonly evidence: string;
  readonly safety: Exclude<Safety, "never">;
  /** What is given up by it; null where nothing is. Names that disappear from the plain view are told here. */
  readonly loses: string | null;
  readonly steps: readonly Step[];
}

/** A finding that the plan has no answer to, and whose it is. */
export interface Left {
  readonly finding: Finding;
  /** What has to happen instead, as an imperative. */
  readonly why: string;
}

export interface Plan {
  /** In the order in which they are carried out: a stop after any of them leaves nothing worse than before. */
  readonly actions: readonly Action[];
  readonly left: readonly Left[];
}

/** What a planner answers to one finding. */
export type Proposal = { readonly actions: readonly Action[] } | { readonly left: string };

/** A planner for findings of one code. */
export type Planner<C extends Code> = (found: Finding<C>, facts: Facts) => Proposal;
