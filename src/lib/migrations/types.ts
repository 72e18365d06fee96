/** What a migration is: one reason why an overlay with a past is not fit to be exported, and the plan that mends it. */

import type { MigrationName } from "../plan/cause.js";
import type { Facts } from "../plan/facts.js";
import type { Action, Left } from "../plan/types.js";
import type { CheckResult } from "../report/result.js";
import type { OldLower } from "./old-lower.js";

/** What the person who migrates has said. */
export interface Wishes {
  /** Only these; null for all that apply by themselves. */
  readonly only: readonly MigrationName[] | null;
  /** The same path and type count as proof that a lower object is the one of before. */
  readonly trustPaths: boolean;
  /** Take everything off that ties upper to its lower layers' handles. */
  readonly detach: boolean;
}

/** The overlay as the check of this round found it. */
export interface Past {
  readonly result: CheckResult;
  readonly facts: Facts;
  readonly wishes: Wishes;
  /** Lower layers may be written. */
  readonly lower: boolean;
  /** The lower layers as they were, where they can still be read. */
  readonly old: OldLower | null;
}

/** Why a migration applies, before it is planned. */
export interface Reason {
  /** Why it applies, from what is on the disk: one line. */
  readonly because: string;
  /** What it costs: time, space, what clients notice. One line. */
  readonly cost: string;
}

export interface MigrationPlan {
  readonly actions: readonly Action[];
  /** Findings that it cannot answer, and what to do. */
  readonly left: readonly Left[];
  /** What somebody has to know who says yes, beyond the actions: counts and the first paths. Whole lines. */
  readonly notices: readonly string[];
}

export interface Migration {
  readonly name: MigrationName;
  /** A heading, without a full stop. */
  readonly title: string;
  /** Null where it does not apply. */
  applies(past: Past): Reason | null;
  /** Pure but for what `facts` reads. No actions where nothing is left to be done. */
  plan(past: Past): MigrationPlan;
}
