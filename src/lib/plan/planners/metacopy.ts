/** Files whose data is below: the way to the data is mended, and the mark taken off only where it is there already. */
import type { Finding } from "../../catalogue/index.js";
import { decodeMetacopy } from "../../format/metacopy.js";
import { isReg } from "../../kernel/env.js";
import type { Facts } from "../facts.js";
import type { Place, Proposal, Step } from "../types.js";
import { answer, describe, seen, setXattr, upperAt } from "./changes.js";
import { entryPlace } from "./directory-entries.js";
import { lowerBeside, placeOf } from "./lower-parts.js";
import { dataRedirect } from "./metacopy-data.js";
import { isEqual, unmark } from "./own-data.js";

export function findData(found: Finding<"metacopy-no-data">, facts: Facts): Proposal {
  const { path, layer } = found;
  if (layer !== "upper" || path === null) return { left: GONE };
  const at = upperAt(path);
  const data = dataRedirect(facts, path);
  if (data === null) return { left: (facts.content(at)?.data ?? 0) > 0 ? PARTS : GONE };
  return answer({
    action: data.redirect === null ? "remove-redirect" : "set-redirect",
    target: at,
    because: found,
    evidence: data.evidence,
    safety: "confirm",
    loses: null,
    steps: setXattr(facts, at, "redirect", data.redirect),
  });
}

const GONE =
  "Bring the lower file back, or restore this one from a backup: its data are nowhere in the layers.";
/** A copy-up that was interrupted leaves some, and the mark: ovl_copy_up_meta_inode_data(). */
const PARTS =
  "Bring the lower file back, or compare this one with a backup: it holds data of its own, and whether that is all cannot be known.";

/**
 * Only what the kernel takes for a mark already is made one that is well-formed: what the file shows stays. Where it
 * fails the lookup, the file's own data tells: without any it can only be a mark, and with that of the lower file it is none.
 */
export function rewriteMark(found: Finding<"metacopy-invalid">, facts: Facts): Proposal {
  const { path, layer } = found;
  const at = layer === "upper" && path !== null ? upperAt(path) : null;
  const raw = at === null ? undefined : facts.examine(at)?.xattrs.get("metacopy");
  if (at === null || !Buffer.isBuffer(raw)) return COMPARE;
  const verdict = decodeMetacopy(raw);
  if (verdict.kind === "valid") return answer();
  if (verdict.when === "lookup") return tellByData(found, at, facts);
  return answer({
    action: "set-metacopy",
    target: at,
    because: found,
    evidence: "without verity the kernel asks for the value's size alone, and takes the data from lower",
    safety: "confirm",
    loses: null,
    steps: setXattr(facts, at, "metacopy", Buffer.alloc(0)),
  });
}

function tellByData(found: Finding<"metacopy-invalid">, at: Place, facts: Facts): Proposal {
  const [own, lower] = [facts.content(at), originBeside(at, facts)];
  const below = lower === null ? null : facts.content(lower);
  if (own === null || lower === null || below === null || own.size !== below.size) return COMPARE;
  if (isEqual(facts, at, own, lower, below)) return answer(unmark(facts, at, lower, found));
  if (own.data > 0) return COMPARE;
  return answer({
    action: "set-metacopy",
    target: at,
    because: found,
    evidence: `it has no data at all, and the size of ${describe(lower)}, which is its origin`,
    safety: "confirm",
    loses: null,
    steps: setXattr(facts, at, "metacopy", Buffer.alloc(0)),
  });
}

/** The lower file of its name, where that is what it was copied from, and no redirect leads elsewhere. */
function originBeside({ path }: Place, facts: Facts): Place | null {
  const file = facts.examine(upperAt(path));
  const origin = file?.xattrs.get("origin");
  const beside = lowerBeside(facts, path);
  if (file?.xattrs.has("redirect") !== false || beside === null || !Buffer.isBuffer(origin)) return null;
  const { place, object } = beside;
  const isOrigin = facts.encode(place)?.equals(origin) === true;
  return isOrigin && isReg(object) && !object.xattrs.has("metacopy") ? place : null;
}

const COMPARE: Proposal = {
  left: "Compare the file with the lower one: set metacopy to the empty value if its data are there, take it off if they are here.",
};

/** The kernel finds the data by name; of another file's it says ESTALE. */
export function adoptData(found: Finding<"metacopy-origin-mismatch">, facts: Facts): Proposal {
  const { path } = found;
  const at = found.layer === "upper" && path !== null ? upperAt(path) : null;
  const shown = path === null ? null : facts.plain(path);
  const data = shown?.kind === "found" ? shown.lower[0] : undefined;
  const file = at === null ? null : facts.examine(at);
  if (path === null || at === null || file === null || data === undefined) return WHICH;
  const origin = file.xattrs.get("origin");
  if (!Buffer.isBuffer(origin)) return WHICH;
  const known = dataRedirect(facts, path);
  if (known !== null) {
    return answer({
      action: known.redirect === null ? "remove-redirect" : "set-redirect",
      target: at,
      because: found,
      evidence: known.evidence,
      safety: "confirm",
      loses: `the data of ${describe(placeOf(data))}, which it shows without an index`,
      steps: setXattr(facts, at, "redirect", known.redirect),
    });
  }
  const place = placeOf(data);
  const fh = facts.encode(place);
  // A file that was copied up without its data has kept its size.
  if (fh === null || !isReg(data.object) || data.object.size !== file.size) return WHICH;
  return answer({
    action: "set-origin",
    target: at,
    because: found,
    evidence: `${describe(place)} is found by its name and has its size; what its origin names is in no layer`,
    safety: "confirm",
    loses: "handles of the lower file that it was copied from",
    steps: [...unlinkEntry(facts, origin, path), ...setXattr(facts, at, "origin", fh)],
  });
}

const WHICH: Proposal = {
  left: "Bring back the lower file that it was copied from: the one of its name has another size.",
};

/** The entry of the old origin is a hard link of the file: left behind it would not fit its name any more. */
function unlinkEntry(facts: Facts, origin: Buffer, path: Buffer): Step[] {
  const at = entryPlace(origin);
  const entry = facts.examine(at);
  const file = facts.examine(upperAt(path));
  return entry === null || file === null || entry.ino !== file.ino
    ? []
    : [{ op: "unlink", at, other: upperAt(path), seen: seen(entry) }];
}
