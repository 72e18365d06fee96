/** Take an origin off an upper object, which from then on is one that was made there. */
import type { Code, Finding } from "../../catalogue/index.js";
import { decodeIndexName } from "../../format/indexName.js";
import type { RawObject } from "../../host/native.js";
import { isDir } from "../../kernel/env.js";
import type { Facts } from "../facts.js";
import type { Proposal, Step } from "../types.js";
import { answer, removeXattr, seen, setXattr, upperAt } from "./changes.js";
import { forgetOrigin } from "./detach.js";
import { entryPlace } from "./directory-entries.js";
import { INDEX } from "./index-directory.js";
import { canBeOrigin, lowerHandle } from "./index-entries.js";

/**
 * The origin goes, and an entry by its name with it: an entry whose object has none refuses the mount. An
 * object that is in the index under another name gets that one's origin back instead.
 */
export function originOff<C extends Code>(
  found: Finding<C>,
  facts: Facts,
  evidence: string,
  loses: string | null,
  path: Buffer | null = found.path,
): Proposal {
  const at = upperAt(path ?? Buffer.alloc(0));
  const object = facts.examine(at);
  if (path === null || path.length === 0 || object === null) return answer();
  const stored = lowerHandle(object.xattrs.get("origin"));
  const common = { target: at, because: found, safety: "confirm" } as const;
  if (isDir(object)) {
    const steps = forgetOrigin(facts, path);
    return answer({ ...common, action: "remove-origin", evidence, loses, steps });
  }
  const entries = entriesOfFile(facts, object, stored);
  const right = entries.find((fh) => stored?.equals(fh) !== true && canBeOrigin(facts, fh, object));
  if (right !== undefined) {
    const steps = setXattr(facts, at, "origin", right);
    const why = `${evidence}; its index entry is ${right.toString("hex")}`;
    return answer({ ...common, action: "set-origin", evidence: why, loses: null, steps });
  }
  const unlinked = entries.map(
    (fh): Step => ({ op: "unlink", at: entryPlace(fh), other: at, seen: seen(object) }),
  );
  const steps = [...unlinked, ...removeXattr(facts, at, "origin")];
  return answer({ ...common, action: "remove-origin", evidence, loses, steps });
}

/** Handle structures of the entries that are links of this inode. `likely`: the one to be looked at first. */
export function entriesOfFile(facts: Facts, object: RawObject, likely: Buffer | null): readonly Buffer[] {
  const missing = object.nlink - facts.upperNames(object.ino).length;
  if (missing < 1) return [];
  if (missing === 1 && likely !== null && facts.examine(entryPlace(likely))?.ino === object.ino)
    return [likely];
  const known = bySession.get(facts) ?? readEntries(facts);
  bySession.set(facts, known);
  return known.get(object.ino) ?? [];
}

/** Read through once, and only where an object has more links than names. */
const bySession = new WeakMap<Facts, ReadonlyMap<number, readonly Buffer[]>>();

function readEntries(facts: Facts): ReadonlyMap<number, readonly Buffer[]> {
  const entries = new Map<number, Buffer[]>();
  for (const name of facts.list(INDEX)) {
    const verdict = decodeIndexName(name);
    if (verdict.kind !== "valid" || !verdict.canonical) continue;
    const object = facts.examine(entryPlace(verdict.bytes));
    if (object === null || isDir(object)) continue;
    entries.set(object.ino, [...(entries.get(object.ino) ?? []), verdict.bytes]);
  }
  return entries;
}
