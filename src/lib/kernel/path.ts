/** Paths below a layer root, as bytes: no leading slash, the root is empty. */
const SLASH = Buffer.from("/");

/** In the root it is `name` itself, not a copy. */
export function join(dir: Buffer, name: Buffer): Buffer {
  return dir.length === 0 ? name : Buffer.concat([dir, SLASH, name]);
}

/** Is `path` below `dir`, or `dir` itself? */
export function isWithin(path: Buffer, dir: Buffer): boolean {
  if (dir.length === 0) return true;
  if (path.length < dir.length || path.compare(dir, 0, dir.length, 0, dir.length) !== 0) return false;
  return path.length === dir.length || path[dir.length] === 0x2f;
}

/** The names of a path; none for the root. */
export function splitPath(path: Buffer): Buffer[] {
  const names: Buffer[] = [];
  for (let start = 0; start < path.length; ) {
    const slash = path.indexOf(0x2f, start);
    const end = slash < 0 ? path.length : slash;
    names.push(path.subarray(start, end));
    start = end + 1;
  }
  return names;
}
