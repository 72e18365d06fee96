/** What files are called: a handle leads to an inode, and the overlay's names that show it take a walk. */
import { DT_DIR, DT_UNKNOWN } from "../format/fileType.js";
import type { Native } from "../host/native.js";
import { type DirStack, type Env, type Found, isDir } from "../kernel/env.js";
import { type FoundObject, lookup, stackOf } from "../kernel/lookup.js";
import { join } from "../kernel/path.js";
import { ROOT } from "../model/ground.js";
import { eachEntry } from "../model/listing.js";
import { placesOf } from "../model/places.js";

/** An object whose names are wanted. */
export interface Sought {
  /** What is read. */
  readonly real: Found;
  /** The lower object that the handle was made of, and its handle structure; null for a handle that points into upper. */
  readonly lower: { readonly found: Found; readonly fh: Buffer } | null;
}

export interface Names {
  /** For each object sought; in the order of the walk. */
  readonly paths: readonly (readonly Buffer[])[];
  /** False: there may be more names. */
  readonly complete: boolean;
  /** How many names were read. */
  readonly read: number;
}

/** `limit`: after so many names the walk ends. */
export function namesOf(native: Native, env: Env, sought: readonly Sought[], limit: number): Names {
  const paths: Buffer[][] = sought.map(() => []);
  const inos = new Set(sought.flatMap(({ real, lower }) => [real.object.ino, lower?.found.object.ino ?? -1]));
  const waiting: { readonly path: Buffer; readonly stack: DirStack }[] = [{ path: ROOT, stack: env.root }];
  let complete = true;
  let read = 0;
  const unread = {
    onUnreadable: (): void => {
      complete = false;
    },
  };
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
    if (sought.every((one, i) => hasOneName(one) && paths[i]?.length === 1)) break;
    if (read >= limit) return { paths, complete: false, read };
    const names = new Map<string, Buffer>();
    for (const place of placesOf(dir.stack)) {
      eachEntry(native, place, unread, (name, type, ino) => {
        read++;
        if (type !== DT_DIR && type !== DT_UNKNOWN && !inos.has(ino)) return;
        names.set(name.toString("latin1"), Buffer.from(name));
      });
    }
    for (const name of names.values()) {
      const found = lookup(env, dir.stack, name);
      if (found.kind !== "found") continue;
      const path = join(dir.path, name);
      if (found.isDir) waiting.push({ path, stack: stackOf(found) });
      else
        sought.forEach((one, i) => {
          if (shows(found, one)) paths[i]?.push(path);
        });
    }
  }
  return { paths, complete, read };
}

function shows(found: FoundObject, { real, lower }: Sought): boolean {
  if (found.upper !== null) return isSame(found.upper, real);
  const [top] = found.lower;
  if (top === undefined) return false;
  // A lower name of what was copied up under another one of its names.
  if (found.indexed) return lower !== null && found.lowerFh?.equals(lower.fh) === true;
  return isSame(top, real);
}

const isSame = (a: Found, b: Found): boolean =>
  a.object.dev === b.object.dev && a.object.ino === b.object.ino;

/** The index holds one link of the inodes that it knows. */
function hasOneName({ real, lower }: Sought): boolean {
  if (isDir(real.object)) return true;
  const isIndexed = lower !== null && !isSame(real, lower.found);
  if (isIndexed) return lower.found.object.nlink === 1 && real.object.nlink <= 2;
  return real.object.nlink === 1;
}
