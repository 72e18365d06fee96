/** All checks of names, in the order in which their findings appear. */
import { badIndex } from "./bad-index.js";
import type { NameCheck } from "./context.js";
import { directoryMarks } from "./directory-marks.js";
import { indexCoverage } from "./index-coverage.js";
import { linkCounts } from "./link-counts.js";
import { mergeDirectories } from "./merge-directories.js";
import { metacopy } from "./metacopy.js";
import { origins } from "./origins.js";
import { redirects } from "./redirects.js";
import { refusals } from "./refusals.js";
import { whiteouts } from "./whiteouts.js";

export const NAME_CHECKS: readonly NameCheck[] = [
  badIndex,
  redirects,
  metacopy,
  mergeDirectories,
  indexCoverage,
  origins,
  linkCounts,
  directoryMarks,
  whiteouts,
  refusals,
];

export { entryFinding } from "./index-entries.js";
export { lostObjects, rivals, uncovered } from "./tables.js";
export { rootFinding, uuidFinding } from "./roots.js";
export { layerName } from "./context.js";
