/** The lower layers' own tree, searched name by name: the last resort where nothing else says where an object is. */
import { layerName } from "../../checks/context.js";
import type { FoundObject } from "../../kernel/lookup.js";
import { join } from "../../kernel/path.js";
import type { Facts } from "../facts.js";

/** A name that an absolute redirect may lead to. */
export interface LowerName {
  readonly path: Buffer;
  readonly found: FoundObject;
}

export function* lowerTree(facts: Facts): Generator<LowerName> {
  const waiting: Buffer[] = [Buffer.alloc(0)];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    for (const name of namesAt(facts, path)) {
      const child = join(path, name);
      const found = facts.lowerAt(child);
      if (found.kind !== "found") continue;
      yield { path: child, found };
      if (found.isDir) waiting.push(child);
    }
  }
}

function namesAt(facts: Facts, path: Buffer): Iterable<Buffer> {
  const dir = facts.lowerAt(path);
  if (dir.kind !== "found") return [];
  const names = new Map<string, Buffer>();
  for (const { layer, path: inside } of dir.lower) {
    for (const name of facts.list({ layer: layerName(layer), path: inside }))
      names.set(name.toString("latin1"), name);
  }
  return names.values();
}
