import { printable, resolvePath, SLASH } from "./bytes.js";
import type { ParsedOptions } from "./option-state.js";

/**
 * mountinfo keeps paths as mount(2) got them, and where the caller stood is not recorded. Of the directories from
 * which every layer is there: one, none, or several that lead to different layers.
 */
export type Placed =
  | { readonly kind: "absolute" }
  | { readonly kind: "found"; readonly base: Buffer }
  | { readonly kind: "nowhere" }
  | { readonly kind: "ambiguous"; readonly bases: readonly [Buffer, Buffer] };

/** What stands at a path: the same for two paths to one directory; null where nothing is. */
export type Identify = (path: Buffer) => string | null;

export function placeRelative(
  parsed: ParsedOptions,
  candidates: readonly Buffer[],
  identify: Identify,
): Placed {
  const paths = pathsOf(parsed);
  if (paths.every((path) => path[0] === SLASH)) return { kind: "absolute" };
  let first: { base: Buffer; layers: string } | null = null;
  for (const base of candidates) {
    const found = paths.map((path) => identify(resolvePath(base, path)));
    if (found.includes(null)) continue;
    const layers = found.join(" ");
    if (first !== null && first.layers !== layers) return { kind: "ambiguous", bases: [first.base, base] };
    first ??= { base, layers };
  }
  return first === null ? { kind: "nowhere" } : { kind: "found", base: first.base };
}

/**
 * Directories that paths may be relative to, the likely ones first. Container engines change to the directory of their
 * storage, to make a long list short (`lowerdir=l/ABC:l/DEF`): it is above the mount point, or above the upper layer.
 */
export function basesFor(parsed: ParsedOptions, mountPoint: Buffer, cwd: Buffer): Buffer[] {
  const absolute = pathsOf(parsed).filter((path) => path[0] === SLASH);
  const bases = [mountPoint, ...absolute].flatMap(directoriesAbove);
  const all = new Map([...bases, cwd, ROOT].map((base) => [base.toString("latin1"), base]));
  return [...all.values()];
}

/** For {@link MountSpec.source}. */
export function describePlace(source: string, placed: Exclude<Placed, { kind: "ambiguous" }>): string {
  switch (placed.kind) {
    case "absolute":
      return source;
    case "found":
      return `${source} (relative paths, taken from ${printable(placed.base)})`;
    case "nowhere":
      return `${source} (relative paths, not found from any likely directory)`;
  }
}

const ROOT = Buffer.from("/");

function pathsOf({ lower, data, upper, work }: ParsedOptions): Buffer[] {
  return [...lower, ...data, upper, work].filter((path) => path !== null);
}

/** "/a/b" and "/a" of "/a/b/c". */
function directoriesAbove(path: Buffer): Buffer[] {
  const above: Buffer[] = [];
  for (let at = path.lastIndexOf(SLASH); at > 0; at = path.lastIndexOf(SLASH, at - 1)) {
    above.push(path.subarray(0, at));
  }
  return above;
}
