import type { Native } from "../host/native.js";
import { join } from "../kernel/path.js";
import type { Layer } from "../layers/types.js";
import { eachEntry } from "./listing.js";

/** Names by inode number, for one directory of the upper layer after the other: findings come in that order. */
export function nameFinder(native: Native, upper: Layer | null): (dir: Buffer, ino: number) => Buffer {
  let known: Buffer | null = null;
  const names = new Map<number, Buffer>();
  return (dir, ino) => {
    if (upper !== null && known?.equals(dir) !== true) {
      names.clear();
      eachEntry(
        native,
        { layer: upper, path: dir },
        { onUnreadable: () => undefined },
        (name, _type, own) => {
          names.set(own, Buffer.from(name));
        },
      );
      known = dir;
    }
    const name = names.get(ino);
    // Gone meanwhile: the directory is the nearest that is there.
    return name === undefined ? dir : join(dir, name);
  };
}
