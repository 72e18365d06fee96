/**
 * What the commands that write are asked and what they return: plain values, paths as bytes.
 * `run-report/` makes text and JSON of it.
 */
import type { Finding } from "../catalogue/index.js";
import type { Applying, Wishes } from "../migrations/index.js";
import type { Require } from "../mount/spec.js";
import type { Action, Left, Place, Plan } from "../plan/types.js";
import type { CheckResult, OverlayReport } from "../report/result.js";

export const REPAIR_SCHEMA = "ovl-index/repair/1";
export const UNDO_SCHEMA = "ovl-index/undo/1";
export const MIGRATIONS_SCHEMA = "ovl-index/migrations/1";
export const JOURNALS_SCHEMA = "ovl-index/journals/1";

/** Commands that carry out a plan. */
export type RunCommand = "repair" | "build" | "migrate";

/**
 * Who accepts the actions of a plan.
 * - `dry-run`: nobody; nothing is written.
 * - `preen`: those that are safe unattended.
 * - `yes`: all.
 * - `ask`: a person at a terminal.
 */
export type RunMode = "dry-run" | "preen" | "yes" | "ask";

/** The accepted actions of a plan, in its order, or the end of the run: what is applied so far stays. */
export type Decision = readonly Action[] | "quit";

/** Asked once a round, after the check of that round was told by an event. */
/** `waiting`: how many changes are known that are planned anew once these are decided. */
export type Decide = (plan: Plan, round: number, waiting: number) => Promise<Decision>;

/** Work in progress. */
export type OnProgress = (event: {
  readonly phase: string;
  readonly count: number;
  readonly total: number | null;
}) => void;

/** What happens, in the order in which it does. */
export type RunEvent =
  /** Which layers it is about; comes once, before anything is written. */
  | { readonly kind: "stack"; readonly overlay: OverlayReport }
  | { readonly kind: "recovered"; readonly recovery: Recovery }
  /** The check that the plan of this round is made from; rounds begin at 1. */
  | { readonly kind: "checked"; readonly round: number; readonly result: CheckResult }
  /** Of `migrate`: what the plan of this round is for. */
  | { readonly kind: "migrating"; readonly migration: Migrated };

export interface RunRequest {
  readonly command: RunCommand;
  readonly require: Require;
  readonly mode: RunMode;
  /** Read also what no upper layer touches. */
  readonly force?: boolean;
  /** Lower layers may be written, too. */
  readonly lower?: boolean;
  /** Remove the mark that a volatile mount has left. */
  readonly clearVolatile?: boolean;
  /** Of `migrate` only. */
  readonly migrate?: MigrateRequest;
  /** Not called in a dry run. */
  readonly decide: Decide;
  /** A signal asked to stop: the run ends between two actions. */
  readonly asked: () => boolean;
  readonly onEvent?: (event: RunEvent) => void;
  readonly onProgress?: OnProgress;
}

export interface MigrateRequest {
  readonly wishes: Wishes;
  /** The lower layers as they were, topmost first; empty where they cannot be read any more. */
  readonly oldLower: readonly Buffer[];
}

/** A migration that a round carried out, or would carry out. */
export interface Migrated extends Applying {
  readonly round: number;
  /** What has to be known beyond the actions. */
  readonly notices: readonly string[];
}

/** What became of a run that was interrupted. */
export interface Recovery {
  /** Path of its journal. */
  readonly journal: Buffer;
  readonly command: RunCommand | "undo";
  /** `left`: the overlay has changed meanwhile, so that nothing was touched. `pending`: a dry run does nothing about it. */
  readonly how: "finished" | "rolled-back" | "left" | "pending";
  /** Changes that were finished or taken back. */
  readonly changes: number;
}

/** Why a run could not be carried through. */
export type TroubleKind =
  /** Another run has the overlay. */
  | "locked"
  | "in-use"
  | "volatile"
  | "read-only"
  | "no-space"
  /** Somebody else has changed the overlay since it was read. */
  | "changed"
  /** A journal or a feature of a version that is newer than this one. */
  | "unknown-format"
  /** What has to be read before a plan can be made could not be. */
  | "unreadable"
  /** A call failed that must not. */
  | "failed"
  /** What is wrong is not of the kind that this command mends. */
  | "unsound"
  /** A journal that is not there, or whose run is not finished. */
  | "no-journal"
  /** A person or a signal ended it. */
  | "cancelled";

export interface Trouble {
  readonly kind: TroubleKind;
  /** One line, without a full stop: what, and of which path. */
  readonly message: string;
}

/** An object that a run has moved aside. */
export interface Kept {
  /** Where it is now: an absolute path. */
  readonly path: Buffer;
  readonly from: Place;
}

/**
 * - `planned`: nobody was asked, or the run ended before it.
 * - `declined`: not accepted in this mode, or by the person.
 */
export type Outcome = "planned" | "applied" | "declined";

export interface PlannedAction {
  readonly action: Action;
  /** The round in which it was planned first. */
  readonly round: number;
  readonly outcome: Outcome;
}

export interface RunResult {
  readonly schema: typeof REPAIR_SCHEMA;
  readonly tool: { readonly version: string };
  readonly command: RunCommand;
  readonly mode: RunMode;
  readonly overlay: OverlayReport;
  readonly require: Require;
  /** The check of the first round; null where trouble came before it. */
  readonly before: CheckResult | null;
  /** The actions of all rounds in their order; what was declined and planned again stands here once. */
  readonly plan: readonly PlannedAction[];
  /** Of `migrate`: which migrations, in the order of their rounds. */
  readonly migrations: readonly Migrated[];
  /** Findings that the last plan had no answer to. */
  readonly left: readonly Left[];
  readonly rounds: number;
  /** Actions that were carried out. */
  readonly applied: number;
  readonly recovered: Recovery | null;
  /** Where the journal is, an absolute path that `undo` takes; null where nothing was written. */
  readonly journal: Buffer | null;
  readonly kept: readonly Kept[];
  /** The check after the last change; `before` where there was none. Null for a dry run, and where it was not come to. */
  readonly after: CheckResult | null;
  /** Findings that are still there; of a dry run those that the plan has no answer to. */
  readonly remaining: readonly Finding[];
  /** The overlay is not what it was before; of a dry run: would not be. */
  readonly changed: boolean;
  /** Null where the run came to its end. */
  readonly trouble: Trouble | null;
}

/** Which migrations apply to an overlay as it is; more may show once these are done. */
export interface MigrationList {
  readonly schema: typeof MIGRATIONS_SCHEMA;
  readonly tool: { readonly version: string };
  readonly overlay: OverlayReport;
  readonly migrations: readonly Applying[];
  readonly trouble: Trouble | null;
}

export type JournalState =
  /** Can be undone. */
  | "done"
  | "undone"
  /** Was interrupted, and could not be taken back, since the overlay had changed. */
  | "left"
  /** Ended between two changes by a crash; the next command that writes finishes it or rolls it back. */
  | "interrupted"
  /** Not readable, or of a newer version. */
  | "unknown";

/** One run that has left a journal. */
export interface JournalInfo {
  /** Its name in the folder of journals; `undo` takes it. */
  readonly id: string;
  /** Absolute. */
  readonly path: Buffer;
  readonly command: RunCommand | "undo" | null;
  /** When it began, in ISO 8601, UTC; null where it cannot be read. */
  readonly begun: string | null;
  /** Actions that it carried out. */
  readonly changes: number;
  readonly state: JournalState;
}

export interface JournalList {
  readonly schema: typeof JOURNALS_SCHEMA;
  readonly tool: { readonly version: string };
  readonly overlay: OverlayReport;
  /** The newest first. */
  readonly journals: readonly JournalInfo[];
  readonly trouble: Trouble | null;
}

export interface UndoRequest {
  /** Path or id of a journal as given; null for the newest that can be undone. */
  readonly journal: Buffer | null;
  readonly dryRun: boolean;
  /** Lower layers may be written, too: what a run has changed in them is taken back. */
  readonly lower?: boolean;
  /** Asked once, before anything is written; not in a dry run. */
  readonly accept: (run: JournalInfo) => Promise<boolean>;
  readonly asked: () => boolean;
  readonly onEvent?: (event: RunEvent) => void;
  readonly onProgress?: OnProgress;
}

export interface UndoResult {
  readonly schema: typeof UNDO_SCHEMA;
  readonly tool: { readonly version: string };
  readonly dryRun: boolean;
  readonly overlay: OverlayReport;
  /** The run that was, or would be, undone; null where there is none. */
  readonly run: JournalInfo | null;
  /** Actions that were taken back; of a dry run: would be. */
  readonly undone: number;
  readonly recovered: Recovery | null;
  readonly changed: boolean;
  readonly trouble: Trouble | null;
}
