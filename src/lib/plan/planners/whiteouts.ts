/** Whiteouts that cover nothing, and marks that the kernel does not understand. */
import type { Finding } from "../../catalogue/index.js";
import type { Facts } from "../facts.js";
import type { Place, Proposal } from "../types.js";
import { answer, describe, keep, quoted, removeXattr, setXattr, upperAt } from "./changes.js";
import { lowerBeside, parentOf, placeOf, unsettled } from "./lower-parts.js";
import { uncover } from "./uncover.js";

export function removeWhiteout(
  found: Finding<"whiteout-orphan" | "whiteout-in-opaque">,
  facts: Facts,
): Proposal {
  const at = placeIn(found);
  if (at === null || found.path === null) return answer();
  const dir = unsettled(facts, parentOf(found.path));
  if (dir !== null) {
    return {
      left: `Mend ${quoted(dir)} first: it does not show the lower directory that it was made of, which may have the name.`,
    };
  }
  return answer({
    action: "remove-whiteout",
    target: at,
    because: found,
    evidence:
      found.code === "whiteout-orphan"
        ? "no lower layer has anything of that name"
        : "no lower directory takes part in the one that it is in",
    safety: "auto",
    loses: null,
    steps: uncover(facts, at),
  });
}

/** What is visible stays: the kernel takes such a mark for none. */
export function removeOpaque(found: Finding<"opaque-invalid">, facts: Facts): Proposal {
  const at = placeIn(found);
  if (at === null || found.path === null) return answer();
  const shown = facts.plain(found.path);
  const below = shown.kind === "found" ? shown.lower.find(({ layer }) => layer.role === "lower") : undefined;
  return answer({
    action: "remove-opaque",
    target: at,
    because: found,
    evidence:
      below === undefined
        ? "the kernel takes it for no mark, and there is nothing to hide"
        : `the kernel takes it for no mark and shows ${describe(placeOf(below))}`,
    safety: "confirm",
    loses: null,
    steps: removeXattr(facts, at, "opaque"),
  });
}

/**
 * The kernel looks at an empty file with the mark as at a whiteout, but lists its name. In a
 * lower layer the directory's mark is missing; in upper there is none, so the kernel's own kind takes the place.
 */
export function mendXattrWhiteout(found: Finding<"whiteout-xattr-unmarked">, facts: Facts): Proposal {
  const at = placeIn(found);
  const object = at === null ? null : facts.examine(at);
  if (at === null || object === null || found.path === null) return answer();
  if (object.size > 0) {
    return answer({
      action: "remove-mark",
      target: at,
      because: found,
      evidence: "a file that is not empty is no whiteout: the kernel shows it as it is",
      safety: "confirm",
      loses: null,
      steps: removeXattr(facts, at, "whiteout"),
    });
  }
  if (at.layer !== "upper") {
    const dir = { layer: at.layer, path: parentOf(at.path) };
    const mark = setXattr(facts, dir, "opaque", Buffer.from("x"));
    if (mark.length === 0) {
      return answer({
        action: "remove-whiteout",
        target: at,
        because: found,
        evidence:
          "the directory is marked, and no mark counts in the lowest layer, where nothing is to be covered",
        safety: "confirm",
        loses: null,
        steps: keep(facts, at),
      });
    }
    return answer({
      action: "set-opaque",
      target: dir,
      because: found,
      evidence: `${quoted(found.path)} is listed and does not exist: the mark ends that`,
      safety: "confirm",
      loses: null,
      steps: mark,
    });
  }
  // What an unsettled directory will show is not known yet: there it stays in any case.
  const covers = lowerBeside(facts, found.path) !== null || unsettled(facts, parentOf(found.path)) !== null;
  return answer({
    action: covers ? "add-whiteout" : "remove-whiteout",
    target: at,
    because: found,
    evidence: covers
      ? "it is listed and does not exist, and covers what lower layers have"
      : "it is listed and does not exist, and no lower layer has anything of that name",
    safety: "confirm",
    loses: null,
    steps: [
      ...keep(facts, at),
      ...(covers ? ([{ op: "make", at, what: { kind: "whiteout" } }] as const) : []),
    ],
  });
}

/** Where the object of a finding about a name is: below a lower layer's root the path may be another one. */
function placeIn({ layer, path, bytes }: Finding): Place | null {
  if (layer === null || path === null) return null;
  if (layer === "upper") return upperAt(path);
  return bytes?.lower === undefined ? null : { layer, path: bytes.lower };
}
