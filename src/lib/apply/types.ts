/** What a command hands to `apply/`, and what it gets back. */
import type { LayerName } from "../catalogue/index.js";
import type { JournalState } from "../format/journalName.js";
import type { OverlayPrefix } from "../format/xattrNames.js";
import type { Files } from "../host/files.js";
import type { Native } from "../host/native.js";
import type { Writer } from "../host/writer.js";
import type { MountSpec } from "../mount/spec.js";
import type { Place } from "../plan/types.js";

/** A directory as a check has seen it. */
export interface Root {
  readonly path: Buffer;
  readonly dev: number;
  readonly ino: number;
}

/** The overlay that is to be changed. */
export interface Target {
  readonly upper: Root;
  readonly work: Root;
  /** Topmost first. */
  readonly lower: readonly (Root & { readonly name: LayerName })[];
  /** Data-only layers, which are only read. */
  readonly data: readonly (Root & { readonly name: LayerName })[];
  readonly prefix: OverlayPrefix;
  readonly spec: MountSpec;
}

/** What of the system may be touched. */
export interface ApplyHost {
  readonly writer: Writer;
  readonly native: Pick<
    Native,
    | "glance"
    | "examine"
    | "attributes"
    | "content"
    | "isPart"
    | "list"
    | "openDirectory"
    | "openLayer"
    | "close"
    | "fsUuid"
  >;
  readonly files: Files;
}

/**
 * - `locked`: another run has the work directory.
 * - `in-use`: an overlay is mounted with one of the directories.
 * - `read-only`: the filesystem or its mount is.
 * - `no-space`: too few bytes or inodes, be it before the first write or in the middle.
 * - `changed`: something is not as the plan, or the journal, has it.
 * - `mounted`: the overlay has been mounted since.
 * - `unfinished`: a run that was interrupted has to be recovered first.
 * - `left`: what is half done could not be taken back now; the next run recovers it.
 * - `future-journal`: a newer version wrote it.
 * - `bad-journal`: it cannot be read, or is none.
 * - `no-journal`: there is none of that name, or it is not the one whose turn it is.
 * - `unsupported`: a step that this filesystem, or this session, cannot do.
 * - `stopped`: somebody asked for it.
 * - `io`: a system call failed.
 */
export type TroubleKind =
  | "locked"
  | "in-use"
  | "read-only"
  | "no-space"
  | "changed"
  | "mounted"
  | "unfinished"
  | "left"
  | "future-journal"
  | "bad-journal"
  | "no-journal"
  | "unsupported"
  | "stopped"
  | "io";

/** Why something was not done, in one line: what, where, what to do. A value; never thrown out of `apply/`. */
export class Trouble {
  constructor(
    readonly kind: TroubleKind,
    readonly message: string,
  ) {}
}

export interface SessionOptions {
  /** Lower layers that may be written; normally none. */
  readonly lower: readonly LayerName[];
}

/** What became of a run that had been interrupted. */
export type Recovery =
  | { readonly kind: "none" }
  | {
      /**
       * - `rolled-back`: everything is as it was before that run.
       * - `finished`: it was complete but for its last formalities, or an interrupted undo went on to its end.
       * - `left`: the overlay has changed meanwhile, and nothing was touched.
       */
      readonly kind: "rolled-back" | "finished" | "left";
      /** "0007-repair" */
      readonly journal: string;
      /** It had ended, and its undo was interrupted. */
      readonly undoing: boolean;
      /** Changes that were taken back; 0 where none were. */
      readonly changes: number;
      /** One line. */
      readonly why: string;
    };

/** What came of one call of apply(): actions are done from the first on, up to where there was trouble. */
export interface Applied {
  /** Actions that were done as a whole; the others were not begun, or are taken back. */
  readonly done: number;
  readonly trouble: Trouble | null;
}

/** Something that a run moved out of the layers, and where it is now. */
export interface Kept {
  readonly at: Place;
  /** Absolute, as it will be once the run is finished. */
  readonly path: Buffer;
}

/** A run of before, as much as is shown of it. */
export interface JournalSummary {
  /** "0007-repair" */
  readonly id: string;
  readonly state: JournalState;
  /** Null where the journal cannot be read. */
  readonly command: string | null;
  /** ISO 8601, UTC. */
  readonly started: string | null;
  readonly actions: number;
  /** Of all actions: several changes can be one action. */
  readonly changes: number;
  /** Why it cannot be read. */
  readonly problem: string | null;
}

/** What an undo took back, or would. */
export interface UndoResult {
  readonly id: string;
  readonly actions: number;
  /** Of all these actions. */
  readonly changes: number;
  /** False: it was only asked whether it could be. */
  readonly undone: boolean;
}
