/** Files that say what is mounted where: of this system, or of an image tree. */
import { errnoName } from "../host/errno.js";
import type { Files } from "../host/files.js";
import type { Errno } from "../host/native.js";
import { locate, type Place } from "./build-spec.js";
import { resolvePath } from "./bytes.js";

/** Where overlays are looked for, and through which files. */
export type LookupPlace = Place & { readonly files: Files };

const ENOENT = -2;
const EINVAL = -22;
const ENOTDIR = -20;

export type FileRead =
  | { readonly found: true; readonly bytes: Buffer }
  | {
      readonly found: false;
      /** As a person would look for it: with the tree's path before it. */
      readonly name: Buffer;
      /** Nothing of that name is there. */
      readonly absent: boolean;
      readonly why: string;
    };

/** `path`: absolute, as the system that the place describes sees it. */
export function readFileOf(place: LookupPlace, path: Buffer): FileRead {
  const name = place.root === null ? path : resolvePath(place.root, path.subarray(1));
  const at = locate(path, place);
  if (at === null) return { found: false, name, absent: false, why: "ELOOP (too many symlinks)" };
  const bytes = place.files.read(at);
  if (typeof bytes !== "number") return { found: true, bytes };
  const absent = bytes === ENOENT || bytes === ENOTDIR;
  return { found: false, name, absent, why: bytes === EINVAL ? "is no regular file" : errnoName(bytes) };
}

/** Names in a directory; none where there is no directory. */
export function listDirectoryOf(place: LookupPlace, path: Buffer): Buffer[] | Errno {
  const at = locate(path, place);
  const names = at === null ? ENOENT : place.files.list(at);
  return names === ENOENT || names === ENOTDIR ? [] : names;
}
