/** The index's part of a lookup: the entry of a lower object against the upper one that stands there. */
import { S_IFCHR, S_IFMT } from "../format/fileType.js";
import { encodeIndexName } from "../format/indexName.js";
import type { Errno, RawObject } from "../host/native.js";
import { EINVAL, EIO, type Env, type Found, type IndexHit, isDir } from "./env.js";
import type { LookupEvent } from "./events.js";
import { encodeFh, verifyStoredFh } from "./origin.js";

/** ovl_lookup_index() with verify. */
export function lookupIndex(
  env: Env,
  fh: Buffer,
  upper: Found | null,
  origin: RawObject,
  events: LookupEvent[],
): IndexHit | Errno {
  const hit = env.index?.find(fh) ?? { state: "absent" };
  const entry = encodeIndexName(fh);
  if (hit.state === "absent") return hit;
  if (hit.state === "tombstone" || hit.typeBits !== (origin.mode & S_IFMT)) {
    const [reason, typeBits] =
      hit.state === "tombstone" ? (["tombstone", S_IFCHR] as const) : (["wrong-type", hit.typeBits] as const);
    events.push({ kind: "index-bad", entry, reason, typeBits });
    return -EIO;
  }
  if (isDir(origin)) {
    if (upper === null) {
      events.push({ kind: "index-uncovered", entry });
      return -EIO;
    }
    const object = hit.object();
    if (typeof object === "number") return object;
    const own = encodeFh(env, upper.layer, upper.object, true);
    const errno = own === null ? -EINVAL : verifyStoredFh(object.xattrs.get("upper"), own, events);
    if (errno !== 0) {
      events.push({ kind: "index-multiply", entry });
      return -EIO;
    }
  } else if (upper !== null && upper.object.ino !== hit.ino) {
    events.push({ kind: "index-other-inode", entry, ino: hit.ino });
    return { state: "absent" };
  }
  return hit;
}
