/** A merge directory whose origin is not the lower directory of its path: with nfs_export=on it is not merged. */
import { decodeHandle } from "../../format/fileHandle.js";
import { isWhiteoutDevice } from "../../kernel/env.js";
import type { Facts } from "../facts.js";
import type { Planner, Proposal, Step } from "../types.js";
import { answer, describe, keep, quoted, seen, setOpaque, setXattr, upperAt } from "./changes.js";
import { entryPlace, entryUpper } from "./directory-entries.js";
import { lowerHandle } from "./index-entries.js";
import { mergedWith } from "./lower-parts.js";
import { isRestamped } from "./roots.js";

type Mismatch = Parameters<Planner<"merge-origin-mismatch">>[0];

export const mergeMismatch: Planner<"merge-origin-mismatch"> = (found, facts) => {
  const { path } = found;
  if (path === null) return answer();
  const raw = Buffer.from(found.evidence.stored, "hex");
  if (raw.length > 0 && decodeHandle(raw).kind === "unknown") return { left: NEWER };
  if (isRestamped(facts)) return { left: REPLACED };
  const stored = lowerHandle(raw);
  const expected = Buffer.from(found.evidence.expected, "hex");
  const rival = showsToo(facts, expected, path);
  if (rival !== null) return coverLower(found, facts, path, rival);
  const moved = stored === null ? null : movedFrom(facts, stored, path);
  if (moved !== null) return redirect(found, facts, path, moved);
  return setOrigin(found, facts, path, stored, expected);
};

const NEWER = "Use the kernel that wrote its origin. It is no damage, and what it means is not known here.";
const REPLACED = "Migrate the overlay: its lower layers were replaced, and all origins have to be restamped.";

/** Another upper directory that came from this lower one, and shows it. */
function showsToo(facts: Facts, expected: Buffer, path: Buffer): Buffer | null {
  for (const { isDir, paths } of facts.claimants(expected)) {
    const other = paths[0];
    if (!isDir || other === undefined || other.equals(path)) continue;
    if (mergedWith(facts, other)?.fh.equals(expected) === true) return other;
  }
  return null;
}

/** The lower directory went with the other one: here is a new directory in its old place. */
function coverLower(found: Mismatch, facts: Facts, path: Buffer, other: Buffer): Proposal {
  return answer({
    action: "set-opaque",
    target: upperAt(path),
    because: found,
    evidence: `upper ${quoted(other)} came from ${found.evidence.lower} and shows it`,
    safety: "confirm",
    loses: `names in ${quoted(path)} that are only in the lower directory; ${quoted(other)} has them too`,
    steps: setOpaque(facts, upperAt(path)),
  });
}

/** Where its own lower directory is: the index and nobody else says that this directory came from there. */
function movedFrom(facts: Facts, stored: Buffer, path: Buffer): Buffer | null {
  const place = facts.decode(stored)?.place ?? null;
  if (place === null || facts.options.redirectMode !== "on") return null;
  if (entryUpper(facts, stored)?.equals(path) !== true) return null;
  if (facts.claimants(stored).some(({ paths }) => !paths.some((other) => other.equals(path)))) return null;
  const before = facts.plain(place.path);
  if (before.kind === "found" && before.lowerFh?.equals(stored) === true) return null;
  const there = facts.lowerAt(place.path);
  return there.kind === "found" && there.lowerFh?.equals(stored) === true ? place.path : null;
}

function redirect(found: Mismatch, facts: Facts, path: Buffer, from: Buffer): Proposal {
  const value = Buffer.concat([Buffer.from("/"), from]);
  return answer({
    action: "set-redirect",
    target: upperAt(path),
    because: found,
    evidence: `its origin and its index entry are lower ${quoted(from)}, which shows nowhere else: it was moved here`,
    safety: "confirm",
    loses: `names in ${quoted(path)} that are only in the lower directory of that path`,
    steps: setXattr(facts, upperAt(path), "redirect", value),
  });
}

/** The origin, and the index entry with it: one that points at a directory of another origin does not outlive the mount. */
function setOrigin(
  found: Mismatch,
  facts: Facts,
  path: Buffer,
  stored: Buffer | null,
  expected: Buffer,
): Proposal {
  const old = stored === null ? null : facts.decode(stored);
  const to = entryPlace(expected);
  const inTheWay = facts.examine(to);
  const own = stored !== null && entryUpper(facts, stored)?.equals(path) === true ? entryPlace(stored) : null;
  const entry = own === null ? null : facts.examine(own);
  const steps: Step[] = [
    ...(inTheWay !== null && isWhiteoutDevice(inTheWay) ? keep(facts, to) : []),
    ...setXattr(facts, upperAt(path), "origin", expected),
  ];
  if (own !== null && entry !== null) {
    const isFree = inTheWay === null || isWhiteoutDevice(inTheWay);
    if (isFree) steps.push({ op: "move", at: own, to, seen: seen(entry) });
    else steps.push(...keep(facts, own));
  }
  const where = old?.place == null ? "" : `, now ${describe(old.place)}`;
  return answer({
    action: "set-origin",
    target: upperAt(path),
    because: found,
    evidence:
      old === null
        ? `the directory that it came from is gone; by its path it is merged with ${found.evidence.lower}`
        : `by its path it is merged with ${found.evidence.lower}, which no other directory came from`,
    safety: "confirm",
    loses: old === null ? null : `handles of the lower directory that its origin was${where}`,
    steps,
  });
}
