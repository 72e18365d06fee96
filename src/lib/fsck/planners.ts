/** What fsck.overlay plans otherwise than `repair`, as its callers know it. */
import type { Finding } from "../catalogue/index.js";
import type { Facts } from "../plan/facts.js";
import { parentOf } from "../plan/place.js";
import type { Planners } from "../plan/plan.js";
import { answer, quoted, setXattr, upperAt } from "../plan/planners/changes.js";
import { copyUpWay } from "../plan/planners/copy-up.js";
import { detach } from "../plan/planners/detach.js";
import { plannersFor } from "../plan/planners/index.js";
import { identityKey, type LowerIdentity } from "../plan/planners/lower-identity.js";
import { wouldMerge } from "../plan/planners/lower-parts.js";
import { mendDangling } from "../plan/planners/redirects.js";
import { coverOrigin } from "../plan/planners/uncovered.js";
import type { Action, Proposal } from "../plan/types.js";

const REPAIR = plannersFor("repair", { clearVolatile: false });

/** For these findings of one look. */
export function fsckPlanners(findings: readonly Finding[]): Planners {
  const doubled = new Set(findings.flatMap(doubledBy));
  const isDoubled = (lower: LowerIdentity): boolean => doubled.has(identityKey(lower));
  return { ...PLANNERS, "redirect-uncovered": (found, facts) => cover(found, facts, isDoubled) };
}

const PLANNERS: Planners = {
  ...REPAIR,
  "redirect-dangling": toNothing,
  "redirect-not-directory": toNothing,
  "redirect-hidden": toNothing,
  "redirect-duplicate": (found, facts) =>
    found.bytes?.lower === undefined ? REPAIR["redirect-duplicate"](found, facts) : giveWay(found, facts),
  "merge-origin-missing": markParent,
};

/** A lower directory that shows in two places: neither is to become more than it is before that is mended. */
function doubledBy({ code, bytes }: Finding): string[] {
  if (code !== "redirect-uncovered" && code !== "redirect-duplicate") return [];
  if (bytes?.fh !== undefined) return [identityKey({ fh: bytes.fh })];
  return bytes?.at === undefined ? [] : [identityKey({ at: bytes.at })];
}

/** Its callers expect the whiteout, whether or not the directory above was ever copied up. */
function cover(
  found: Finding<"redirect-uncovered">,
  facts: Facts,
  isDoubled: (lower: LowerIdentity) => boolean,
): Proposal {
  const proposal = coverOrigin(found, facts, (old) => copyUpWay(facts, old, isDoubled));
  return restamp(proposal, ({ action }) => action === "add-whiteout");
}

/** Unattended where no lower directory of its own name could come up. */
function toNothing(
  found: Finding<"redirect-dangling" | "redirect-not-directory" | "redirect-hidden">,
  facts: Facts,
): Proposal {
  const isAlone = found.path !== null && !wouldMerge(facts, found.path);
  return restamp(mendDangling(found, facts), () => isAlone);
}

function restamp(proposal: Proposal, isSafe: (action: Action) => boolean): Proposal {
  if ("left" in proposal) return proposal;
  const actions = proposal.actions.map((action): Action => {
    return { ...action, safety: isSafe(action) ? "auto" : "confirm" };
  });
  return { actions };
}

/** A layer below has a redirect to the same directory: that one was there first. */
function giveWay(found: Finding<"redirect-duplicate">, facts: Facts): Proposal {
  if (found.path === null) return answer();
  return answer({
    action: "remove-redirect",
    target: upperAt(found.path),
    because: found,
    evidence: `${found.evidence.other}, in a layer below, leads there too`,
    safety: "confirm",
    loses: `what it shows in ${quoted(found.path)}`,
    steps: detach(facts, found.path),
  });
}

/** The kernel sets the origin with the first lookup, and then this too. */
function markParent(found: Finding<"merge-origin-missing">, facts: Facts): Proposal {
  if (found.path === null) return answer();
  const target = upperAt(parentOf(found.path));
  return answer({
    action: "set-impure",
    target,
    because: found,
    evidence: `${quoted(found.path)} is merged with a lower directory`,
    safety: "auto",
    loses: null,
    steps: setXattr(facts, target, "impure", Buffer.from("y")),
  });
}
