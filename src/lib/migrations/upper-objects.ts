/** Every object of upper once, and every entry of its index. */
import type { LayerName } from "../catalogue/index.js";
import { decodeIndexName } from "../format/indexName.js";
import type { RawObject } from "../host/native.js";
import { isDir } from "../kernel/env.js";
import { join } from "../kernel/path.js";
import type { Facts } from "../plan/facts.js";
import { entryPlace } from "../plan/planners/directory-entries.js";
import { INDEX } from "../plan/planners/index-directory.js";
import type { Place } from "../plan/types.js";

export interface UpperObject {
  /** The first of its names. */
  readonly at: Place;
  readonly object: RawObject;
}

/** Directories before what is in them; the root is the first. @throws HostError */
export const upperObjects = (facts: Facts): Generator<UpperObject> => layerObjects(facts, "upper");

/** The same of any layer. @throws HostError */
export function* layerObjects(facts: Facts, layer: LayerName): Generator<UpperObject> {
  const links = new Set<number>();
  const waiting: Buffer[] = [Buffer.alloc(0)];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const at = { layer, path };
    const object = facts.examine(at);
    if (object === null || links.has(object.ino)) continue;
    if (isDir(object)) for (const name of facts.list(at)) waiting.push(join(path, name));
    else if (object.nlink > 1) links.add(object.ino);
    yield { at, object };
  }
}

/** An entry that lookups can find. */
export interface IndexEntry {
  /** Handle structure of the lower object. */
  readonly fh: Buffer;
  readonly at: Place;
  readonly object: RawObject;
}

/** Those whose name is a handle. @throws HostError */
export function* indexEntries(facts: Facts): Generator<IndexEntry> {
  for (const name of facts.list(INDEX)) {
    const verdict = decodeIndexName(name);
    if (verdict.kind !== "valid" || !verdict.canonical) continue;
    const at = entryPlace(verdict.bytes);
    const object = facts.examine(at);
    if (object !== null) yield { fh: verdict.bytes, at, object };
  }
}
