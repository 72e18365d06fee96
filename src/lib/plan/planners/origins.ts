/** Origins that cannot be read, or lead to nothing that an object can have been copied up from. */
import type { RawObject } from "../../host/native.js";
import { isDir, sameType } from "../../kernel/env.js";
import type { Facts } from "../facts.js";
import type { Planner, Proposal } from "../types.js";
import { answer, describe, setXattr, upperAt } from "./changes.js";
import { entryPlace } from "./directory-entries.js";
import { entriesOfFile } from "./entries-of-object.js";
import { canBeOrigin, LAYERS_REPLACED, NEWER_FORMAT } from "./index-entries.js";
import { isLowerReplaced } from "./layer-evidence.js";
import { mergedWith } from "./lower-parts.js";
import { originOff } from "./origin-off.js";

export const invalid: Planner<"origin-invalid"> = (found, facts) => {
  const object = found.path === null ? null : facts.examine(upperAt(found.path));
  if (found.path === null || object === null) return answer();
  const right = isDir(object)
    ? rightOfDirectory(facts, found.path, object)
    : rightOfFile(facts, found.path, object);
  if (right === null) return originOff(found, facts, "nothing shows where it came from", null);
  return answer({
    action: "set-origin",
    target: upperAt(found.path),
    because: found,
    evidence: right.evidence,
    safety: "confirm",
    loses: null,
    steps: setXattr(facts, upperAt(found.path), "origin", right.fh),
  });
};

interface Right {
  readonly fh: Buffer;
  readonly evidence: string;
}

function rightOfDirectory(facts: Facts, path: Buffer, object: RawObject): Right | null {
  const merged = mergedWith(facts, path);
  if (merged === null || !canBeOrigin(facts, merged.fh, object)) return null;
  return { fh: merged.fh, evidence: "it is merged with this lower directory" };
}

function rightOfFile(facts: Facts, path: Buffer, object: RawObject): Right | null {
  const entry = entriesOfFile(facts, object, null).find((fh) => canBeOrigin(facts, fh, object));
  if (entry !== undefined) return { fh: entry, evidence: "it is the index entry of this lower object" };
  for (const layer of facts.lowers) {
    const lower = { layer, path };
    const there = facts.examine(lower);
    if (there === null) continue;
    const fh = sameType(there, object) ? facts.encode(lower) : null;
    const isIndexed = fh !== null && facts.examine(entryPlace(fh)) !== null;
    if (fh === null || isIndexed || !canBeOrigin(facts, fh, object)) return null;
    return { fh, evidence: `${describe(lower)} is of its type, and no other upper object came from it` };
  }
  return null;
}

export const unknown: Planner<"origin-unknown"> = ({ evidence }) => ({
  left: evidence.stored === "" ? "Leave it: its handle points into upper, and is stable." : NEWER_FORMAT,
});

export const stale: Planner<"origin-stale"> = (found, facts) =>
  isLowerReplaced(facts)
    ? { left: LAYERS_REPLACED }
    : originOff(
        found,
        facts,
        "the kernel takes it for an object of upper already: its lower one is gone",
        PROOF,
      );

export const wrongType: Planner<"origin-type-mismatch"> = (found, facts) =>
  originOff(
    found,
    facts,
    `a ${found.evidence.type} is never copied up from a ${found.evidence.originType}`,
    null,
  );

export const outside: Planner<"origin-outside-layers"> = (found, facts) => {
  const object = found.path === null ? null : facts.examine(upperAt(found.path));
  if (object !== null && !isDir(object) && facts.options.nfsExport) {
    return {
      left: "Make an index entry for it: with that, handles of its lower object go on leading to it.",
    };
  }
  const loses = "handles of the lower object, and its inode number";
  return originOff(found, facts, "no name of any layer leads to its lower object", loses);
};

const PROOF = "the mark of the lower object that it came from, which a migration after a restore could go by";

export const split: Planner<"hardlink-split"> = (): Proposal => ({
  left: "Decide whether the names shall be one file and which data is right; then link them in the mounted overlay.",
});
