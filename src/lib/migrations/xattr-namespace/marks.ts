/** What stands in the layers with overlay xattrs of the namespace that the options do not name. */
import { ESCAPE, isOverlayXattr } from "../../format/xattrNames.js";
import type { RawObject } from "../../host/native.js";
import { isDir, isReg, isWhiteoutDevice } from "../../kernel/env.js";
import { join } from "../../kernel/path.js";
import type { Facts } from "../../plan/facts.js";
import { INDEX } from "../../plan/planners/index-directory.js";
import type { Place } from "../../plan/types.js";
import { layerObjects } from "../upper-objects.js";

/** An object with overlay xattrs of the other namespace. */
export interface Marked {
  readonly at: Place;
  readonly object: RawObject;
  /** Values by names after the prefix, escaped ones of a nested overlay among them; a number is an errno. */
  readonly old: ReadonlyMap<string, Buffer | number>;
}

/** Objects of a layer, each once; directories before what is in them. @throws HostError */
export function* markedObjects(facts: Facts, layer: string): Generator<Marked> {
  for (const { at, object } of layerObjects(facts, layer)) {
    const one = marksAt(facts, at, object);
    if (one !== null) yield one;
  }
}

/** The index directory, and entries in it whose inode has no name in upper. @throws HostError */
export function* markedEntries(facts: Facts): Generator<Marked> {
  const toUser = facts.options.userxattr;
  for (const name of [null, ...facts.list(INDEX)]) {
    const at = name === null ? INDEX : { layer: INDEX.layer, path: join(INDEX.path, name) };
    const object = facts.examine(at);
    if (object === null || isWhiteoutDevice(object) || isTemporary(name)) continue;
    if (!isDir(object) && facts.upperNames(object.ino).length > 0) continue;
    if (toUser && !holdsUserXattrs(object)) continue;
    const one = marksAt(facts, at, object);
    if (one !== null) yield one;
  }
}

/** Of symlinks, devices, fifos and sockets: the names of their entries in the index, by inode. @throws HostError */
export function entriesOfSpecials(facts: Facts): Map<number, { at: Place; object: RawObject }> {
  const found = new Map<number, { at: Place; object: RawObject }>();
  for (const name of facts.list(INDEX)) {
    const at = { layer: INDEX.layer, path: join(INDEX.path, name) };
    const object = facts.examine(at);
    if (object === null || holdsUserXattrs(object) || isWhiteoutDevice(object) || isTemporary(name)) continue;
    found.set(object.ino, { at, object });
  }
  return found;
}

/** xattr_permission(): user.* is for regular files and directories. */
export const holdsUserXattrs = (object: RawObject): boolean => isReg(object) || isDir(object);

/** The kernel's own, which the next mount clears away. */
const isTemporary = (name: Buffer | null): boolean => name?.[0] === 0x23;

function marksAt(facts: Facts, at: Place, object: RawObject): Marked | null {
  const old = [...facts.otherXattrs(at)].filter(([name]) => isOverlayXattr(name) || name.startsWith(ESCAPE));
  return old.length === 0 ? null : { at, object, old: new Map(old) };
}
