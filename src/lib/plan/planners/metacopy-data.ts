/** Where the data of a metadata-only file are, if its origin still tells. */
import { encodeRedirect } from "../../format/redirect.js";
import { isReg } from "../../kernel/env.js";
import { splitPath } from "../../kernel/path.js";
import type { Facts } from "../facts.js";
import { quoted, upperAt } from "./changes.js";
import { lowerBeside, sameObject } from "./lower-parts.js";
import { lowerTree } from "./lower-tree.js";

export interface DataRedirect {
  /** null: the file's own name leads there. */
  readonly redirect: Buffer | null;
  readonly evidence: string;
}

/**
 * A file that was copied up without its data has kept its size: the origin is
 * its data only where the two agree, and where it has data itself.
 */
export function dataRedirect(facts: Facts, path: Buffer): DataRedirect | null {
  const file = facts.examine(upperAt(path));
  const origin = file?.xattrs.get("origin");
  const lower = Buffer.isBuffer(origin) ? facts.decode(origin) : null;
  if (file === null || lower === null || !isReg(lower.object) || lower.object.xattrs.has("metacopy"))
    return null;
  if (lower.object.size !== file.size) return null;
  const beside = lowerBeside(facts, path);
  if (beside !== null && sameObject(beside.object, lower.object)) {
    return { redirect: null, evidence: "its origin has its size and is found under its own name" };
  }
  if (!facts.options.redirectFollow) return null;
  for (const { path: at, found } of lowerTree(facts)) {
    const top = found.lower[0];
    if (found.isDir || top === undefined || !sameObject(top.object, lower.object)) continue;
    const evidence = `its origin has its size and is found at ${quoted(at)} in the lower layers`;
    return { redirect: encodeRedirect(splitPath(at), true), evidence };
  }
  return null;
}
