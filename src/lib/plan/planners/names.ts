/** Planners for what decides names, for mount options, and for what could not be read. */
import type { NAMES } from "../../catalogue/names.js";
import type { Planner } from "../types.js";
import { partDuplicates } from "./duplicates.js";
import { adoptData, findData, rewriteMark } from "./metacopy.js";
import { leave, MOUNT_PLANNERS } from "./mount.js";
import { mendDangling, mendMalformed } from "./redirects.js";
import { RUN_PLANNERS } from "./run.js";
import { coverOrigin } from "./uncovered.js";
import { mendXattrWhiteout, removeOpaque, removeWhiteout } from "./whiteouts.js";

/** "impure-missing", "middle-redirect" and "copy-up-on-encode" are about the index, and answered with it. */
type Answered =
  | Exclude<keyof typeof NAMES, "impure-missing" | "middle-redirect" | "copy-up-on-encode">
  | keyof typeof MOUNT_PLANNERS
  | keyof typeof RUN_PLANNERS;

export const NAME_PLANNERS = {
  "redirect-malformed": mendMalformed,
  "redirect-dangling": mendDangling,
  "redirect-not-directory": mendDangling,
  "redirect-hidden": leave,
  "redirect-duplicate": partDuplicates,
  "redirect-uncovered": coverOrigin,
  "redirect-not-followed": leave,
  "whiteout-orphan": removeWhiteout,
  "whiteout-in-opaque": removeWhiteout,
  "opaque-invalid": removeOpaque,
  "whiteout-xattr-unmarked": mendXattrWhiteout,
  "metacopy-no-data": findData,
  "metacopy-invalid": rewriteMark,
  "metacopy-not-followed": leave,
  "metacopy-origin-mismatch": adoptData,
  "xattr-escaped": leave,
  "xattr-other-namespace": leave,
  "layer-trapped": leave,
  ...MOUNT_PLANNERS,
  ...RUN_PLANNERS,
} satisfies { readonly [C in Answered]: Planner<C> };
