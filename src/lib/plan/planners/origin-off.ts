/** Take an origin off an upper object, which from then on is one that was made there. */
import type { Code, Finding } from "../../catalogue/index.js";
import { isDir } from "../../kernel/env.js";
import type { Facts } from "../facts.js";
import type { Proposal, Step } from "../types.js";
import { answer, removeXattr, seen, setXattr, upperAt } from "./changes.js";
import { forgetOrigin } from "./detach.js";
import { entryPlace } from "./directory-entries.js";
import { entriesOfFile } from "./entries-of-object.js";
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
