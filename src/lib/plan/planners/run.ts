/** What could not be read or looked up. */
import type { RUN } from "../../catalogue/run.js";
import type { Planner } from "../types.js";
import { leave } from "./mount.js";
import { hasUnusableRedirect, mendMalformed } from "./redirects.js";

export const RUN_PLANNERS = {
  "layer-changed": leave,
  unreadable: leave,
  "xattr-unreadable": leave,
  // Recovery comes before any plan; found again, it is one that was left to a person.
  "journal-unfinished": leave,
  "lookup-refused": (found, facts) =>
    found.layer === "upper" && found.path !== null && hasUnusableRedirect(facts, found.path)
      ? mendMalformed(found, facts)
      : leave(found),
} satisfies { readonly [C in keyof typeof RUN]: Planner<C> };
