import type { Files } from "../host/files.js";
import { printable, resolvePath } from "./bytes.js";
import { parseLowerdir } from "./lowerdir.js";
import type { OptionError, ParsedOptions } from "./option-state.js";
import { resolveInRoot } from "./root-path.js";
import type { MountSpec, RequestedOptions } from "./spec.js";

export type SpecResult = { readonly ok: true; readonly spec: MountSpec } | SpecFailure;

export interface SpecFailure {
  readonly ok: false;
  readonly error: OptionError;
  /** Nothing is wrong with what was asked for; whoever knows the answer could not be asked. */
  readonly impossible?: true;
}

/** What was named, and why it is no overlay. */
export function refuse(name: Buffer | string, reason: string): SpecFailure {
  return { ok: false, error: { option: typeof name === "string" ? name : printable(name), reason } };
}

/** What was named, and why it could not be found out. */
export function cannotTell(name: Buffer | string, reason: string): SpecFailure {
  return { ...refuse(name, reason), impossible: true };
}

export interface Place {
  /** --root: resolve every path inside this tree; null for the running system. */
  readonly root: Buffer | null;
  /** Against which relative paths are read (inside `root`, if that is given: against its root). */
  readonly cwd: Buffer;
  readonly files: Pick<Files, "readlink">;
}

/** Options to a spec with absolute paths. */
export function specFromOptions(parsed: ParsedOptions, source: string, place: Place): SpecResult {
  const resolved = new Map<Buffer, Buffer>();
  const paths = [
    ...[...parsed.lower, ...parsed.data].map((path) => ["lowerdir", path] as const),
    ["upperdir", parsed.upper] as const,
    ["workdir", parsed.work] as const,
  ];
  for (const [option, path] of paths) {
    if (path === null) continue;
    const absolute = locate(path, place);
    if (absolute === null) {
      const error = { option: `${option}=${printable(path)}`, reason: "ELOOP (too many symlinks)" };
      return { ok: false, error };
    }
    resolved.set(path, absolute);
  }
  const at = (path: Buffer): Buffer => resolved.get(path) ?? path;
  const spec: MountSpec = {
    source,
    lower: parsed.lower.map(at),
    data: parsed.data.map(at),
    upper: parsed.upper === null ? null : at(parsed.upper),
    work: parsed.work === null ? null : at(parsed.work),
    options: parsed.options,
    order: parsed.order,
  };
  return { ok: true, spec };
}

/**
 * --lower, --upper, --work. `lower` is a list as in lowerdir=, with `:` between
 * layers and `\:` for a colon; upper and work are one path each, taken as they are.
 */
export function specFromLayers(
  layers: { readonly lower: Buffer; readonly upper: Buffer | null; readonly work: Buffer | null },
  given: RequestedOptions,
  place: Place,
): SpecResult {
  const lower = parseLowerdir(layers.lower);
  if (typeof lower === "string") return { ok: false, error: { option: "--lower", reason: lower } };
  const { upper, work } = layers;
  const options = lower.data.length === 0 ? given : { ...given, newer: [...(given.newer ?? []), "::"] };
  const parsed = { ...lower, upper, work, options, ignored: [], order: ["lower", "upper", "work"] as const };
  return specFromOptions(parsed, "--lower/--upper/--work", place);
}

/** Where a path leads, inside the tree where there is one; null: too many symlinks. */
export function locate(path: Buffer, place: Place): Buffer | null {
  if (place.root === null) return resolvePath(place.cwd, path);
  return resolveInRoot(place.root, path, (at) => {
    const target = place.files.readlink(at);
    return typeof target === "number" ? null : target;
  });
}
