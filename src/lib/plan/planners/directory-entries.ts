/** Index entries of directories, from the directory's side. */
import { encodeIndexName } from "../../format/indexName.js";
import type { Facts } from "../facts.js";
import type { Place, Step } from "../types.js";
import { keep } from "./changes.js";

export const entryPlace = (fh: Buffer): Place => ({
  layer: "work",
  path: Buffer.concat([Buffer.from("index/"), encodeIndexName(fh)]),
});

/** The upper directory that the entry of this lower one points at; null where there is none. */
export function entryUpper(facts: Facts, fh: Buffer): Buffer | null {
  const upper = facts.examine(entryPlace(fh))?.xattrs.get("upper");
  return Buffer.isBuffer(upper) ? facts.decodeUpper(upper) : null;
}

/** Move the lower directory's entry aside, if it points at this upper one. */
export function keepOwnEntry(facts: Facts, fh: Buffer, path: Buffer): Step[] {
  return entryUpper(facts, fh)?.equals(path) === true ? keep(facts, entryPlace(fh)) : [];
}
