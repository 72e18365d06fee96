/** Every object of the upper layer by inode and by origin, for the few plans that ask who else there is. */
import { DT_DIR } from "../format/fileType.js";
import { errnoName, HostError } from "../host/errno.js";
import type { Native } from "../host/native.js";
import { isDir, type LayerPath } from "../kernel/env.js";
import { join } from "../kernel/path.js";
import { eachEntry } from "../model/listing.js";
import type { Claimant } from "./facts.js";

export interface UpperObjects {
  /** By handle structure, as latin1. */
  readonly claimants: ReadonlyMap<string, readonly Claimant[]>;
  readonly names: ReadonlyMap<number, readonly Buffer[]>;
}

/** One walk of the upper layer. @throws HostError where something in it cannot be read. */
export function readUpperObjects(native: Native, upper: LayerPath, prefix: string): UpperObjects {
  const names = new Map<number, Buffer[]>();
  const claimants = new Map<string, Claimant[]>();
  const onUnreadable = (_layer: unknown, path: Buffer, operation: string, errno: number): never => {
    throw new HostError(operation, `upper ${path.toString()}`, -errno);
  };
  const waiting: Buffer[] = [upper.path];
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
    const here = dir;
    eachEntry(native, { layer: upper.layer, path: here }, { onUnreadable }, (name, type, ino) => {
      const path = join(here, Buffer.from(name));
      if (type === DT_DIR) waiting.push(path);
      const known = names.get(ino);
      if (known !== undefined) {
        known.push(path);
        return;
      }
      const paths = [path];
      names.set(ino, paths);
      const object = native.examine(upper.layer.fd, path, prefix);
      if (typeof object === "number")
        throw new HostError("stat", `upper ${path.toString()}: ${errnoName(object)}`, object);
      const origin = object.xattrs.get("origin");
      if (!Buffer.isBuffer(origin)) return;
      const key = origin.toString("latin1");
      const claimant = { ino, isDir: isDir(object), paths };
      const others = claimants.get(key);
      if (others === undefined) claimants.set(key, [claimant]);
      else others.push(claimant);
    });
  }
  return { claimants, names };
}
