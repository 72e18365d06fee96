import { resolvePath, SLASH, split } from "./bytes.js";

/** As many symlinks as the kernel follows in one lookup (MAXSYMLINKS). */
const MAX_SYMLINKS = 40;

/** Target of a symlink; null for anything else, also where nothing is. */
export type ReadLink = (path: Buffer) => Buffer | null;

/**
 * Where a path leads inside a tree, as after chroot(2): absolute symlinks start at
 * the tree's root and `..` ends there. Names that do not exist stay as they are. Null: too many symlinks (ELOOP).
 */
export function resolveInRoot(root: Buffer, path: Buffer, readlink: ReadLink): Buffer | null {
  const done: Buffer[] = [];
  const todo = split(path, SLASH).reverse();
  let links = 0;
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    const text = name.toString("latin1");
    if (text === "" || text === ".") continue;
    if (text === "..") {
      done.pop();
      continue;
    }
    const target = readlink(join(root, [...done, name]));
    if (target === null) {
      done.push(name);
      continue;
    }
    if (++links > MAX_SYMLINKS) return null;
    if (target[0] === SLASH) done.length = 0;
    todo.push(...split(target, SLASH).reverse());
  }
  return join(root, done);
}

function join(root: Buffer, names: readonly Buffer[]): Buffer {
  return names.reduce((path, name) => resolvePath(path, name), root);
}
