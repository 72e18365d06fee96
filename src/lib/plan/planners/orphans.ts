/** Entries that have outlived their names, stand beside the object that is seen, or bury one that is. */
import { encodeIndexName } from "../../format/indexName.js";
import { isDir, isWhiteoutDevice } from "../../kernel/env.js";
import { getNlink } from "../../kernel/index-entry.js";
import type { Planner, Step } from "../types.js";
import { answer, quoted, upperAt } from "./changes.js";
import { entryPlace } from "./directory-entries.js";
import { REFUSED_FIRST } from "./entries.js";
import { lostData, onEntry, removal, takeOut } from "./index-entries.js";
import { originOff } from "./origin-off.js";

/** Its data is kept, whatever becomes of the entry; a tombstone only where nothing shows that it would bury. */
export const orphan = onEntry<"entry-orphan">((entry) => {
  const { found, facts, at, object, fh } = entry;
  if (found.evidence.becomes === "removed" || fh === null) {
    return removal(entry, "no name of the overlay leads to it, and the kernel removes it at the next mount");
  }
  const isBuried = facts.isBuried(fh);
  if (isBuried === null) return { left: REFUSED_FIRST };
  if (isBuried || facts.claimants(fh).length > 0) {
    return removal(
      entry,
      "no name leads to it, while its lower object, or what was copied up from that, is still visible: nobody sees this copy but by an old handle",
    );
  }
  const tombstone: Step = { op: "make", at, what: { kind: "whiteout" } };
  return answer({
    action: "replace-entry",
    target: at,
    because: found,
    evidence: "all names of its object are gone: the kernel makes a tombstone of it at the next mount",
    safety: "confirm",
    loses: lostData(object),
    steps: [...takeOut(facts, at, object).steps, tombstone],
  });
});

/** `path` has the object that is seen; the entry is what handles lead to. */
export const otherInode: Planner<"entry-other-inode"> = (found, facts) => {
  const fh = Buffer.from(found.evidence.entry, "hex");
  const at = entryPlace(fh);
  const entry = facts.examine(at);
  const lower = facts.decode(fh)?.object;
  if (entry === null || found.path === null) return answer();
  // Lower hard links show the entry's data under their other names.
  if (lower !== undefined && lower.nlink > 1 && !isDir(entry) && getNlink(lower, entry, 0) > 0) {
    return originOff(
      found,
      facts,
      "other names of the lower file show the entry's data: this file was put in the place of one of them",
      null,
    );
  }
  const subject = { found, facts, at, object: entry, fh };
  const path = quoted(found.path);
  return removal(subject, `${path} is what everybody sees, and no name leads to the entry's inode`);
};

export const buried: Planner<"tombstone-over-reachable"> = (found, facts) => {
  const fh = found.bytes?.fh;
  if (fh === undefined) return answer();
  const at = entryPlace(fh);
  const object = facts.examine(at);
  if (object === null) return answer();
  if (!isWhiteoutDevice(object)) {
    const name = encodeIndexName(fh).toString("latin1");
    return { left: `Repair the index entry ${name} first: only the next mount makes a tombstone of it.` };
  }
  const upper = found.path === null ? null : facts.examine(upperAt(found.path));
  const what = upper === null ? "the lower object" : "an upper object that came from it";
  return removal(
    { found, facts, at, object, fh },
    `a name shows ${what}: it has not been deleted, or it has come back`,
  );
};
