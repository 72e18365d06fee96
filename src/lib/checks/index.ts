/** All checks, in the order in which their findings appear. */
import { badIndex } from "./bad-index.js";
import type { NameCheck, RootCheck, TableCheck } from "./context.js";
import { copyUpOnEncode } from "./copy-up-on-encode.js";
import { directoryMarks } from "./directory-marks.js";
import { escapedXattrs } from "./escaped-xattrs.js";
import { foreignEntries } from "./foreign-entries.js";
import { hardLinks } from "./hard-links.js";
import { indexCoverage, unindexedObjects } from "./index-coverage.js";
import { linkTotals } from "./link-totals.js";
import { lostObjects } from "./lost-objects.js";
import { lostXattrs } from "./lost-xattrs.js";
import { mergeDirectories } from "./merge-directories.js";
import { metacopy } from "./metacopy.js";
import { namelessEntries } from "./nameless-entries.js";
import { origins } from "./origins.js";
import { otherNamespace } from "./other-namespace.js";
import { outsideOrigins } from "./outside-origins.js";
import { redirects } from "./redirects.js";
import { refusals } from "./refusals.js";
import { rivals } from "./rivals.js";
import { indexDirectory, readableGround, rootTies } from "./roots.js";
import { temporaries } from "./temporaries.js";
import { uncoveredOrigins } from "./uncovered-origins.js";
import { unreadableXattrs } from "./unreadable-xattrs.js";
import { whiteouts } from "./whiteouts.js";

export const NAME_CHECKS: readonly NameCheck[] = [
  badIndex,
  redirects,
  metacopy,
  mergeDirectories,
  indexCoverage,
  origins,
  hardLinks,
  directoryMarks,
  whiteouts,
  unreadableXattrs,
  refusals,
];

/** In the order of the mount. */
export const ROOT_CHECKS: readonly RootCheck[] = [readableGround, rootTies, indexDirectory];

export const TABLE_CHECKS: readonly TableCheck[] = [
  lostXattrs,
  unindexedObjects,
  rivals,
  uncoveredOrigins,
  lostObjects,
  foreignEntries,
  outsideOrigins,
  linkTotals,
  namelessEntries,
  copyUpOnEncode,
  temporaries,
  escapedXattrs,
  otherNamespace,
];

export { entryFinding } from "./index-entries.js";
export { rootFinding } from "./roots.js";
