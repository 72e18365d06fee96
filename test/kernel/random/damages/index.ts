/** All the ways to hurt an overlay. Their order is part of what a seed means: add at the end. */
import type { Damage } from "../scene.js";
import { entries } from "./entries.js";
import { entryTargets } from "./entry-targets.js";
import { lowers } from "./lowers.js";
import { nameDamages } from "./names.js";
import { origins } from "./origins.js";
import { redirects } from "./redirects.js";
import { roots } from "./roots.js";
import { uppers } from "./uppers.js";

export const DAMAGES: readonly Damage[] = [
  ...origins,
  ...redirects,
  ...nameDamages,
  ...entries,
  ...entryTargets,
  ...roots,
  ...uppers,
  ...lowers,
];
