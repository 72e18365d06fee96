/** Every name of the overlay as an exported mount shows it; and the names that it should show, and does not. */
import type { Native } from "../host/native.js";
import type { DirStack, Env } from "../kernel/env.js";
import { type FoundObject, type Lookup, lookup, stackOf } from "../kernel/lookup.js";
import { join } from "../kernel/path.js";
import { listNames, sameStack } from "../model/compare.js";
import { ROOT } from "../model/ground.js";
import type { ReadHooks } from "../model/hooks.js";
import type { Views } from "../model/merged.js";

export interface ShownName {
  readonly path: Buffer;
  /** Every object on the way to it, itself the last. */
  readonly way: readonly FoundObject[];
  readonly found: FoundObject;
}

export interface TreeVisitor extends ReadHooks {
  shown(name: ShownName): void;
  /** A name of the plain view (index=off) that the exported mount does not show. */
  missing(path: Buffer, plain: FoundObject): void;
}

/** A directory of either view, or of both. */
export interface ViewedDir {
  readonly path: Buffer;
  readonly way: readonly FoundObject[];
  /** Null where the exported mount has no such directory. */
  readonly required: DirStack | null;
  /** Null where it is made of the same directories as the required one. */
  readonly plain: DirStack | null;
}

/** All names, a directory at a time; the root itself is not among them. */
export function eachName(native: Native, views: Views, visitor: TreeVisitor): void {
  eachNameBelow(native, views, { path: ROOT, way: [], required: views.required.root, plain: null }, visitor);
}

/** The same for what is in a directory. */
export function eachNameBelow(
  native: Native,
  { required, plain }: Views,
  top: ViewedDir,
  visitor: TreeVisitor,
): void {
  const waiting: ViewedDir[] = [top];
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
    const stacks = [dir.required, dir.plain].filter((stack) => stack !== null);
    for (const name of listNames(native, stacks, visitor)) {
      const path = join(dir.path, name);
      const found = look(required, dir.required, name);
      if (found !== null) visitor.shown({ path, way: [...dir.way, found], found });
      if (found !== null && !found.isDir && dir.plain === null) continue;
      const usual = look(plain, dir.plain ?? dir.required, name);
      if (found === null && usual !== null) visitor.missing(path, usual);
      const inside = found?.isDir === true ? stackOf(found) : null;
      const usually = usual?.isDir === true ? stackOf(usual) : null;
      if (inside === null && usually === null) continue;
      const alike = found !== null && usual !== null && sameStack(found, usual);
      const way = inside === null || found === null ? [] : [...dir.way, found];
      waiting.push({ path, way, required: inside, plain: alike ? null : usually });
    }
  }
}

/** What a name of a directory leads to in a view; null where it leads nowhere, or its lookup fails. */
export function look(env: Env, dir: DirStack | null, name: Buffer): FoundObject | null {
  const result: Lookup | null = dir === null ? null : lookup(env, dir, name);
  return result?.kind === "found" ? result : null;
}

/** What a path leads to in a view; null where it leads nowhere. Not for the root. */
export function lookupPath(env: Env, names: readonly Buffer[]): FoundObject | null {
  let stack: DirStack = env.root;
  let found: FoundObject | null = null;
  for (const name of names) {
    if (found !== null && !found.isDir) return null;
    found = look(env, stack, name);
    if (found === null) return null;
    stack = stackOf(found);
  }
  return found;
}
