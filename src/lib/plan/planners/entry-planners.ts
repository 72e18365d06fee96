/** Planners for the index's entries, the roots' marks and the origins of upper objects. */
import type { Code } from "../../catalogue/index.js";
import type { Planner } from "../types.js";
import * as entries from "./entries.js";
import * as entryOrigins from "./entry-origins.js";
import { mergeMismatch } from "./merge-origins.js";
import { leave } from "./mount.js";
import * as origins from "./origins.js";
import * as orphans from "./orphans.js";
import * as roots from "./roots.js";
import { duplicate } from "./shared-origins.js";

export const ENTRY_PLANNERS = {
  "entry-name-invalid": entries.nameInvalid,
  "entry-name-unknown": entries.nameUnknown,
  "entry-name-noncanonical": entries.nameNoncanonical,
  "entry-upper-stale": entries.upperStale,
  "entry-upper-not-directory": entries.upperNotDirectory,
  "entry-origin-mismatch": entryOrigins.originMismatch,
  "entry-origin-missing": entryOrigins.originMissing,
  "entry-origin-stale": entries.originStale,
  "entry-type-wrong": entries.typeWrong,
  "entry-foreign": entries.foreign,
  "index-temporary": entries.temporary,
  "entry-orphan": orphans.orphan,
  "entry-other-inode": orphans.otherInode,
  "tombstone-over-reachable": orphans.buried,
  "xattrs-lost": leave,
  "root-origin-mismatch": roots.originMismatch,
  "root-origin-invalid": roots.originInvalid,
  "index-upper-mismatch": roots.upperMismatch,
  "index-upper-invalid": roots.upperInvalid,
  "index-not-directory": roots.notDirectory,
  "uuid-mode-changed": roots.uuidChanged,
  "merge-origin-mismatch": mergeMismatch,
  "origin-duplicate": duplicate,
  "origin-invalid": origins.invalid,
  "origin-unknown": origins.unknown,
  "origin-stale": origins.stale,
  "origin-type-mismatch": origins.wrongType,
  "origin-outside-layers": origins.outside,
  "hardlink-split": origins.split,
} satisfies { readonly [C in Code]?: Planner<C> };
