import type { Native } from "../host/native.js";
import { join } from "../kernel/path.js";
import type { Layer } from "../layers/types.js";
import { eachEntry } from "./listing.js";

/** The name that an inode has in a directory of the upper layer; the directory itself where it is gone. */
export function findName(native: Native, upper: Layer | null, dir: Buffer, ino: number): Buffer {
  let found = dir;
  if (upper === null) return found;
  eachEntry(native, { layer: upper, path: dir }, { onUnreadable: () => undefined }, (name, _type, own) => {
    if (own === ino) found = join(dir, Buffer.from(name));
  });
  return found;
}
