/** What a mount is given is for a person to put right; the volatile mark alone can be moved, and only on demand. */
import { type Code, entryOf, type Finding } from "../../catalogue/index.js";
import type { MOUNT } from "../../catalogue/mount.js";
import type { Facts } from "../facts.js";
import type { Place, Planner, Proposal } from "../types.js";
import { answer, keep } from "./changes.js";

type MountCode = keyof typeof MOUNT;

/** What the catalogue says has to be done. */
export function leave<C extends Code>(found: Finding<C>): Proposal {
  return { left: entryOf(found.code).repair.action };
}

export const MOUNT_PLANNERS = {
  "layer-missing": leave,
  "layer-not-directory": leave,
  "layers-overlap": leave,
  "layer-twice": leave,
  "work-other-mount": leave,
  "work-inside-upper": leave,
  "layers-in-use": leave,
  "volatile-dirty": leave,
  "incompat-feature": leave,
  "layer-unreadable": leave,
  "no-privilege": leave,
  "fs-no-handles": leave,
  "fs-no-xattrs": leave,
  "fs-no-dtype": leave,
  "uuid-null": leave,
  "uuid-conflict": leave,
  "options-conflict": leave,
  "option-fallback": leave,
  "upper-readonly": leave,
  "too-few-layers": leave,
  "mount-option-invalid": leave,
  "work-missing": leave,
  "upper-not-supported": leave,
} satisfies { readonly [C in MountCode]: Planner<C> };

const VOLATILE: Place = { layer: "work", path: Buffer.from("work/incompat/volatile") };

/** In place of "volatile-dirty" above where the user has said that the data are on the disk, or may be lost. */
export function clearVolatile(found: Finding<"volatile-dirty">, facts: Facts): Proposal {
  return answer({
    action: "clear-volatile",
    target: VOLATILE,
    because: found,
    evidence: "asked for: nothing on the disk tells whether all that was written got there",
    safety: "confirm",
    loses: "the only sign that files may lack what was written last",
    steps: keep(facts, VOLATILE),
  });
}
