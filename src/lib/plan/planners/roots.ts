/**
 * The marks that tie upper to its lower layer and the index to upper. A mark is set anew where the layers show
 * by what is in them that they belong together; else it is for a person to say which layers are the right ones.
 */
import type { Facts } from "../facts.js";
import type { Planner, Proposal } from "../types.js";
import { answer, keep, setXattr } from "./changes.js";
import { INDEX, UPPER_ROOT } from "./index-directory.js";
import { LAYERS_REPLACED } from "./index-entries.js";
import { belongs, indexTies, lowerTies, mayBelong, type Ties, topRoot } from "./layer-evidence.js";

export const originMismatch: Planner<"root-origin-mismatch"> = (found, facts) => {
  const stored = facts.decode(Buffer.from(found.evidence.stored, "hex"))?.place ?? null;
  if (stored !== null && stored.path.length === 0 && stored.layer !== topRoot(facts).layer) {
    return { left: `Give the lower layers in the order that they had: ${stored.layer} was the topmost.` };
  }
  const ties = lowerTies(facts);
  if (!belongs(ties)) return { left: LAYERS_REPLACED };
  return setRootOrigin(found, facts, ties, "the mark of the layer that was the topmost one");
};

/** The mount would set it whatever the layers say: it is enough that nothing speaks against it. */
export const originInvalid: Planner<"root-origin-invalid"> = (found, facts) => {
  const ties = lowerTies(facts);
  if (!mayBelong(ties)) return { left: LAYERS_REPLACED };
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
  if (mayBelong(ties)) {
    const steps = setXattr(facts, INDEX, "upper", facts.encode(UPPER_ROOT));
    const evidence = says(ties, "entries stand for objects of this upper layer");
    return answer({
      action: "set-upper",
      target: INDEX,
      because: found,
      evidence,
      safety: "confirm",
      loses: null,
      steps,
    });
  }
  return {
    left: `Give the work directory that belongs to this upper layer: ${ties.against} entries stand for no object of it, ${ties.for} do. If upper was copied, migrate the overlay.`,
  };
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
