/**
 * The marks that tie upper to its lower layer and the index to upper. A mark is set anew where the layers show
 * by what is in them that they belong together; an index of another upper gives way to a new one.
 */
import type { Facts } from "../facts.js";
import type { Planner, Proposal, Step } from "../types.js";
import { answer, keep, setXattr } from "./changes.js";
import { INDEX, UPPER_ROOT } from "./index-directory.js";
import { LAYERS_REPLACED } from "./index-entries.js";
import { belongs, indexTies, lowerTies, type Ties, topRoot } from "./layer-evidence.js";

export const originMismatch: Planner<"root-origin-mismatch"> = (found, facts) => {
  const stored = facts.decode(Buffer.from(found.evidence.stored, "hex"))?.place ?? null;
  if (stored !== null && stored.path.length === 0 && stored.layer !== topRoot(facts).layer) {
    return { left: `Give the lower layers in the order that they had: ${stored.layer} was the topmost.` };
  }
  const ties = lowerTies(facts);
  if (!belongs(ties)) return { left: LAYERS_REPLACED };
  return setRootOrigin(found, facts, ties, "the mark of the layer that was the topmost one");
};

export const originInvalid: Planner<"root-origin-invalid"> = (found, facts) => {
  const ties = lowerTies(facts);
  if (!belongs(ties)) return { left: LAYERS_REPLACED };
  return setRootOrigin(found, facts, ties, null);
};

function setRootOrigin(
  found: Parameters<typeof originMismatch>[0] | Parameters<typeof originInvalid>[0],
  facts: Facts,
  ties: Ties,
  loses: string | null,
): Proposal {
  return answer({
    action: "set-origin",
    target: UPPER_ROOT,
    because: found,
    evidence: says(ties, "objects of upper came from this lower layer"),
    safety: "confirm",
    loses,
    steps: setXattr(facts, UPPER_ROOT, "origin", facts.encode(topRoot(facts))),
  });
}

export const upperMismatch: Planner<"index-upper-mismatch"> = (found, facts) =>
  found.evidence.xattr === "origin" ? removeLegacy(found, facts) : tieIndex(found, facts);

/** As a warning, it is about what kernels before 4.16 left. */
export const upperInvalid: Planner<"index-upper-invalid"> = (found, facts) =>
  found.severity === "warning" ? removeLegacy(found, facts) : tieIndex(found, facts);

type IndexFinding = Parameters<typeof upperMismatch>[0] | Parameters<typeof upperInvalid>[0];

function removeLegacy(found: IndexFinding, facts: Facts): Proposal {
  return answer({
    action: "remove-mark",
    target: INDEX,
    because: found,
    evidence: "kernels since 4.16 go by the xattr upper, and warn about this one at every mount",
    safety: "confirm",
    loses: null,
    steps: setXattr(facts, INDEX, "origin", null),
  });
}

function tieIndex(found: IndexFinding, facts: Facts): Proposal {
  const ties = indexTies(facts);
  const common = { target: INDEX, because: found, safety: "confirm" } as const;
  if (belongs(ties)) {
    const steps = setXattr(facts, INDEX, "upper", facts.encode(UPPER_ROOT));
    const evidence = says(ties, "entries stand for objects of this upper layer");
    return answer({ ...common, action: "set-upper", evidence, loses: null, steps });
  }
  const steps: Step[] = keep(facts, INDEX);
  return answer({
    ...common,
    action: "keep-index",
    evidence: `${ties.against} entries stand for no object of this upper layer, ${ties.for} do: it is the index of another one`,
    loses:
      "what only this index holds: objects without another name, handles that clients hold; it is kept in the journal's folder",
    steps,
  });
}

export const notDirectory: Planner<"index-not-directory"> = (found, facts) =>
  answer({
    action: "keep-index",
    target: INDEX,
    because: found,
    evidence: `a ${found.evidence.type} is no index`,
    safety: "confirm",
    loses: `the ${found.evidence.type}; it is kept in the journal's folder`,
    steps: keep(facts, INDEX),
  });

export const uuidChanged: Planner<"uuid-mode-changed"> = () => ({
  left: "Mount with the option uuid as before. To change it for good, migrate the overlay: all stored handles have to be restamped.",
});

function says({ for: pro, against }: Ties, what: string): string {
  if (pro === 0) return "nothing in the layers says otherwise";
  return against === 0 ? `${pro} ${what}` : `${pro} ${what}, ${against} do not`;
}
