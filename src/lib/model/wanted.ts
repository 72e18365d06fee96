/**
 * Lower objects that must not show, or not without their upper object: what a
 * tombstone stands for, where a moved directory came from. In an overlay that
 * is well each of them was seen hidden; for the others the whole tree is searched.
 */
import { decodeHandle } from "../format/fileHandle.js";
import { DT_DIR, S_IFDIR, S_IFMT } from "../format/fileType.js";
import type { RawObject } from "../host/native.js";
import type { IndexHit } from "../kernel/env.js";
import { checkOriginFh } from "../kernel/origin.js";
import type { Survey } from "./survey.js";

/** `dev:ino` of lower objects. */
export type Wanted = Set<string>;

/** An index entry that leads to no lower object. */
export interface ForeignEntry {
  readonly row: number;
  readonly reason: "no layer has this filesystem" | "the lower object is gone";
}

/** Its lower aliases are looked up by what the entry itself says. */
function isMetadataOnly(hit: IndexHit & { state: "entry" }): boolean {
  const object = hit.object();
  return typeof object !== "number" && (object.xattrs.has("metacopy") || object.xattrs.has("redirect"));
}

/** An index entry to which no upper name leads. */
export interface NamelessEntry {
  readonly row: number;
  readonly lower: RawObject;
}

/** The lower object that an upper one somewhere else came from. */
export interface Origin {
  readonly fh: Buffer;
  readonly dev: number;
  readonly ino: number;
}

/** `foreign` and `nameless` are met on the way; `origins` are those of {@link Survey.openClaims} that lead anywhere. */
export function wantedObjects(s: Survey): {
  wanted: Wanted;
  foreign: ForeignEntry[];
  origins: Origin[];
  nameless: NamelessEntry[];
} {
  const wanted: Wanted = new Set();
  const foreign: ForeignEntry[] = [];
  const env = s.views.required;
  const layers = env.root.lower.map((l) => l.layer);

  const want = (fh: Buffer, unlessTypeBits = -1): RawObject | null => {
    const verdict = decodeHandle(fh);
    if (verdict.kind !== "valid") return null;
    const found = checkOriginFh(env, layers, verdict.handle, null, false);
    if (typeof found === "number") return null;
    const { object } = found;
    if ((object.mode & S_IFMT) !== unlessTypeBits) wanted.add(`${object.dev}:${object.ino}`);
    return object;
  };

  const nameless: NamelessEntry[] = [];
  const { index } = s;
  for (let row = 0; index !== null && row < index.table.size; row++) {
    const type = index.type(row);
    if (index.isWell(row) && (type !== DT_DIR || env.options.nfsExport)) continue;
    if (index.isGone(row)) continue;
    const hit = index.hit(row);
    // Nothing that is hidden shows; but what holds a file then is held by nobody else.
    const isHeld = hit.state === "entry" && type !== DT_DIR && !index.isClaimed(row);
    if (index.isHidden(row) && !isHeld) continue;
    let expected = -1;
    let isNameless = false;
    if (hit.state === "entry" && type === DT_DIR) {
      if (env.options.nfsExport && index.isClaimed(row) && !index.isMoved(row)) continue;
      // Without nfs_export directories are not looked up in the index.
      if (!env.options.nfsExport) expected = S_IFDIR;
    } else if (hit.state === "entry") {
      if (index.isClaimed(row) && !index.isWatched(row)) continue;
      // A lower alias of a copied-up hard link shows the upper object: that is what the entry is for.
      if (!isMetadataOnly(hit)) expected = hit.typeBits;
      isNameless = true;
    }
    const fh = index.table.handle(row);
    const object = want(fh, expected);
    if (object !== null && isNameless) {
      // One of its lower names has to show, or the entry would be an orphan.
      wanted.add(`${object.dev}:${object.ino}`);
      nameless.push({ row, lower: object });
    }
    if (object === null && !index.isClaimed(row)) {
      const known = layers.some((l) => l.fs.uuid.equals(fh.subarray(5, 21)));
      foreign.push({ row, reason: known ? "the lower object is gone" : "no layer has this filesystem" });
    }
  }
  // What a middle layer's redirect brings in may show under its own name too.
  if (s.redirectedBelow.length > 0)
    for (const { home } of s.lost) wanted.add(`${home.layer.dev}:${home.ino}`);
  const origins: Origin[] = [];
  for (const row of s.openClaims()) {
    const fh = s.claims.handle(row);
    const object = want(fh);
    if (object !== null) origins.push({ fh, dev: object.dev, ino: object.ino });
  }
  return { wanted, foreign, origins, nameless };
}
