/** All the ways to hurt an overlay. */
import type { Damage } from "../scene.js";
import { entries } from "./entries.js";
import { layers } from "./layers.js";
import { nameDamages } from "./names.js";
import { origins } from "./origins.js";
import { redirects } from "./redirects.js";
import { roots } from "./roots.js";

export const DAMAGES: readonly Damage[] = [
  ...origins,
  ...redirects,
  ...nameDamages,
  ...entries,
  ...roots,
  ...layers,
];
