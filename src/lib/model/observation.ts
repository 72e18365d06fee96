/** What a name is seen to be: where a scan has met it, and where it was only looked up. */

import { DT_CHR, DT_DIR } from "../format/fileType.js";
import type { RawObject } from "../host/native.js";
import { type ScanReader, XATTR_BITS, XATTR_UNREAD, type XattrKey } from "../host/scan-reader.js";
import { type DirStack, isDir, type LayerPath, type View } from "../kernel/env.js";
import type { Lookup } from "../kernel/lookup.js";
import { join } from "../kernel/path.js";
import { type HandleMatcher, homeAt } from "./home.js";
import type { ReadHooks } from "./hooks.js";
import type { Home, MergedDir, NameObservation } from "./merged.js";
import { placesOf } from "./places.js";
import type { Survey } from "./survey.js";

/** An observation without the name that it is of, and before it was looked up. */
export type SeenName = Omit<NameObservation, "dir" | "name" | "path" | "lookups">;

const EMPTY = Buffer.alloc(0);
/** Bytes of a handle structure in front of the filesystem's own handle: what is shorter names no entry. */
const HANDLE_HEADER = 21;

/** Observes the entries that the reader of a scan stands on. */
export class Observer {
  readonly #s: Survey;
  readonly #matcher: HandleMatcher;
  readonly #onUnreadable: ReadHooks["onUnreadable"];

  constructor(survey: Survey, matcher: HandleMatcher, onUnreadable: ReadHooks["onUnreadable"]) {
    this.#s = survey;
    this.#matcher = matcher;
    this.#onUnreadable = onUnreadable;
  }

  /**
   * `home`: number of the lower directory of `dir` whose object the reader's probe is at, the topmost of that name (-1:
   * there is none). `at`: the directory that holds the entry.
   */
  observe(dir: MergedDir, r: ScanReader, home: number, at = dir.stack.upper as LayerPath): SeenName {
    let lower: Home | null = null;
    if (home >= 0 && dir.stack.lower[home] !== undefined) {
      lower = homeAt(r, this.#matcher, dir.stack.lower[home] as LayerPath, r.name());
    }
    const kind = r.type === DT_DIR ? "directory" : r.type === DT_CHR && r.rdev === 0 ? "whiteout" : "file";
    const hasOrigin = r.originEnd - r.originStart >= HANDLE_HEADER;
    const row = this.#s.index !== null && hasOrigin ? this.#s.index.table.find(r.bytes, r.originStart) : -1;
    const xattrs = this.#xattrs(at, r);
    const { entryIno: ino, xattrBits } = r;
    return { layer: at.layer, kind, ino, xattrs, xattrBits, ctimeNs: r.ctimeNs(), home: lower, row };
  }

  /** Overlay xattrs of the reader's entry, which stands in `at`; values that the scan left out are read now. */
  #xattrs(at: LayerPath, r: ScanReader): ReadonlyMap<string, Buffer | number> {
    const scanned = ownXattrs(r);
    if (![...scanned.values()].includes(XATTR_UNREAD)) return scanned;
    const path = join(at.path, r.name());
    const object = this.#s.views.plain.view.examine({ layer: at.layer, path });
    if (typeof object !== "number") return object.xattrs;
    this.#onUnreadable(at.layer, path, "stat", -object);
    return scanned;
  }

  /** An upper name that both views show plainly: there is no need to look it up. */
  observePlain(dir: MergedDir, r: ScanReader, home: number): NameObservation {
    const name = r.name();
    return { ...this.observe(dir, r, home), dir, name, path: join(dir.path, name), lookups: null };
  }
}

const XATTR_KEYS = Object.keys(XATTR_BITS) as XattrKey[];

function ownXattrs(r: ScanReader): ReadonlyMap<string, Buffer | number> {
  const found = new Map<string, Buffer | number>();
  for (const key of XATTR_KEYS) {
    if ((r.xattrBits & XATTR_BITS[key]) === 0) continue;
    const value = r.xattr(key);
    if (value !== undefined) found.set(key, typeof value === "number" ? value : Buffer.from(value));
  }
  return found;
}

/** An object of which nothing is known but itself. */
export function seenAlone(layer: LayerPath["layer"], object: RawObject): SeenName {
  const { ino, xattrs, ctimeNs } = object;
  const kind = isDir(object) ? "directory" : "file";
  return { layer, kind, ino, xattrs, xattrBits: 0, ctimeNs, home: null, row: -1 };
}

/** Of a name that was looked up without having been met in a scan; null where none of the directories has it. */
export function observationOf(
  view: View,
  parent: DirStack,
  name: Buffer,
  path: Buffer,
  lookups: { readonly required: Lookup; readonly plain: Lookup },
): NameObservation | null {
  for (const place of placesOf(parent)) {
    const object = view.examine({ layer: place.layer, path: join(place.path, name) });
    if (typeof object === "number") continue;
    const dir = { path: EMPTY, stack: parent, id: 0, impure: true, counted: true, connects: false };
    return { ...seenAlone(place.layer, object), dir, name, path, lookups };
  }
  return null;
}
