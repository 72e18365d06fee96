/**
 * Searches the merged tree, the untouched parts of the lower layers included,
 * for names that lead to certain lower objects. Reads names and inode numbers only.
 */
import type { Native } from "../host/native.js";
import { type DirStack, ENOENT } from "../kernel/env.js";
import { type Lookup, lookup, stackOf } from "../kernel/lookup.js";
import { join } from "../kernel/path.js";
import type { CompareHooks } from "./compare.js";
import { DT_DIR } from "./index-state.js";
import { placesOf } from "./places.js";
import type { Survey } from "./survey.js";
import type { Wanted } from "./wanted.js";

/** A name of the plain view that shows a wanted lower object without an upper one, or fails. */
export interface Sighting {
  readonly parent: DirStack;
  readonly name: Buffer;
  readonly path: Buffer;
  readonly plain: Exclude<Lookup, { kind: "negative" }>;
}

export function seek(native: Native, s: Survey, wanted: Wanted, hooks: Pick<CompareHooks, "onUnreadable">): Sighting[] {
  const sightings: Sighting[] = [];
  if (wanted.size === 0) return sightings;
  const { view } = s.views.plain;
  const waiting: { path: Buffer; stack: DirStack }[] = [{ path: Buffer.alloc(0), stack: s.views.plain.root }];
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
    for (const name of interesting(native, dir.stack, wanted, hooks)) {
      const plain = lookup(s.views.plain, dir.stack, name);
      if (plain.kind === "negative") continue;
      const path = join(dir.path, name);
      const { upper } = dir.stack;
      if (plain.kind === "error") {
        // A name that the upper layer has was looked at on the way.
        const isLower = upper === null || view.examine({ layer: upper.layer, path: join(upper.path, name) }) === -ENOENT;
        if (isLower) sightings.push({ parent: dir.stack, name, path, plain });
        continue;
      }
      const top = plain.lower[0]?.object;
      if (plain.upper === null && top !== undefined && wanted.has(`${top.dev}:${top.ino}`)) {
        sightings.push({ parent: dir.stack, name, path, plain });
      }
      if (plain.isDir) waiting.push({ path, stack: stackOf(plain) });
    }
  }
  return sightings;
}

/** Names of directories, and of what has a wanted inode number in a lower layer. */
function interesting(
  native: Native,
  stack: DirStack,
  wanted: Wanted,
  hooks: Pick<CompareHooks, "onUnreadable">,
): Buffer[] {
  const names = new Map<string, Buffer>();
  for (const place of placesOf(stack)) {
    for (let resume = 0; ; ) {
      const listing = native.list(place.layer.fd, place.path, resume, 4096);
      if (typeof listing === "number") {
        hooks.onUnreadable(place.layer, place.path, "read", -listing);
        break;
      }
      let start = 0;
      for (let i = 0; i < listing.ends.length; i++) {
        const end = listing.ends[i] as number;
        const isWanted = place.layer.index > 0 && wanted.has(`${place.layer.dev}:${listing.inos[i]}`);
        if (isWanted || listing.types[i] === DT_DIR) {
          const name = Buffer.from(listing.names.subarray(start, end));
          names.set(name.toString("latin1"), name);
        }
        start = end;
      }
      resume = listing.resume;
      if (resume === 0) break;
    }
  }
  return [...names.values()];
}
