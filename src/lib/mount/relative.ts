import { printable, resolvePath, SLASH } from "./bytes.js";
import type { ParsedOptions } from "./option-state.js";

export interface Placed {
  /** Where relative paths were taken from; null where there are none. */
  readonly base: Buffer | null;
  /** All layers are there when read from `base`. */
  readonly complete: boolean;
}

/**
 * mountinfo keeps paths as mount(2) got them, and where the caller stood is not
 * recorded. Of some likely directories, take the first below which every layer exists, else the first.
 */
export function placeRelative(
  parsed: ParsedOptions,
  candidates: readonly Buffer[],
  exists: (path: Buffer) => boolean,
): Placed {
  const paths = [...parsed.lower, ...parsed.data, parsed.upper, parsed.work].filter((path) => path !== null);
  if (paths.every((path) => path[0] === SLASH)) return { base: null, complete: true };
  for (const base of candidates) {
    if (paths.every((path) => exists(resolvePath(base, path)))) return { base, complete: true };
  }
  return { base: candidates[0] ?? Buffer.from("/"), complete: false };
}

/** For {@link MountSpec.source}. */
export function describePlace(source: string, placed: Placed): string {
  if (placed.base === null) return source;
  const certainty = placed.complete ? "taken from" : "not found, neither from the working directory nor from";
  const base = placed.complete ? printable(placed.base) : "/";
  return `${source} (relative paths, ${certainty} ${base})`;
}
