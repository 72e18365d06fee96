/** A mounted overlay as a file server's client sees it: names, and handles that lead to objects. */
import { native } from "../host/addon.js";
import { errnoName } from "../host/errno.js";
import { eachName } from "../host/listing.js";
import type { DecodedObject, Errno, RawHandle, RawObject } from "../host/native.js";
import { isDir } from "../kernel/env.js";
import { join } from "../kernel/path.js";
import { ROOT } from "../model/ground.js";
import { showPath } from "../report/text.js";
import { HandlesTrouble } from "./overlay.js";

/** The overlay's xattrs do not show through it. */
const PREFIX = "trusted.overlay.";
const ENOENT = 2;
const OVERLAYFS = 0x794c7630;

export interface Mount {
  readonly fd: number;
  examine(path: Buffer): RawObject | Errno;
  /** open_by_handle_at(2), and what name_to_handle_at(2) then gives for the object. */
  open(handle: RawHandle): DecodedObject | Errno;
  close(): void;
}

/** @throws HandlesTrouble */
export function openMount(mountpoint: Buffer): Mount {
  const opened = native.openLayer(mountpoint);
  if (typeof opened === "number") throw new HandlesTrouble(`${showPath(mountpoint)}: ${errnoName(opened)}`);
  const { fd } = opened;
  const info = native.statfs(fd);
  if (typeof info === "number" || info.type !== OVERLAYFS) {
    native.close(fd);
    throw new HandlesTrouble(`${showPath(mountpoint)}: no overlay is mounted there`);
  }
  return {
    fd,
    examine: (path) => native.examine(fd, path, PREFIX),
    open: ({ type, bytes }) => native.examineHandle(fd, type, bytes, PREFIX),
    close: () => native.close(fd),
  };
}

export interface MountedName {
  readonly path: Buffer;
  readonly object: RawObject;
}

/** The root and every name that can be looked up, a directory at a time. @throws HandlesTrouble */
export function eachMountedName(mount: Mount, take: (name: MountedName) => void): void {
  const root = mount.examine(ROOT);
  if (typeof root === "number") throw new HandlesTrouble(`stat .: ${errnoName(root)}`);
  take({ path: ROOT, object: root });
  const waiting: Buffer[] = [ROOT];
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
    const names: Buffer[] = [];
    const listed = eachName(native, mount.fd, dir, (name) => names.push(Buffer.from(name)));
    if (listed !== 0 && listed !== -ENOENT)
      throw new HandlesTrouble(`read ${showPath(dir)}: ${errnoName(listed)}`);
    for (const name of names.sort(Buffer.compare)) {
      const path = join(dir, name);
      const object = mount.examine(path);
      // A name whose lookup fails has no handle; that it fails is for check to tell.
      if (typeof object === "number") continue;
      take({ path, object });
      if (isDir(object)) waiting.push(path);
    }
  }
}
