/** Why an action is planned: a finding that it answers, or a migration that it is a part of. */
import { type Code, type Finding, type LayerName, messageOf } from "../catalogue/index.js";

/** Migrations, in the order in which they are looked at: each may need what those before it have done. */
export const MIGRATIONS = [
  "detach",
  "xattr-namespace",
  "uuid",
  "restamp",
  "new-base",
  "metacopy",
  "on-off-on",
  "index",
] as const;
export type MigrationName = (typeof MIGRATIONS)[number];

/** A part of a migration, which is about an object rather than about something wrong with it. */
export interface Part {
  readonly code: MigrationName;
  readonly layer: LayerName | null;
  readonly path: Buffer | null;
  /** One line about this object, without its path. */
  readonly message: string;
}

export type Cause = Finding | Part;
export type CauseCode = Code | MigrationName;

/** One line about what is wrong, or is converted, without the path. */
export function causeText(cause: Cause): string {
  return isPart(cause) ? cause.message : messageOf(cause);
}

export function isPart(cause: Cause): cause is Part {
  return "message" in cause;
}
