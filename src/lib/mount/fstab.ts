import { refuse, type SpecResult, specFromOptions } from "./build-spec.js";
import { split, unescapeOctal } from "./bytes.js";
import { parseOptions } from "./options.js";
import { type FileRead, type LookupPlace, readFileOf } from "./tree-files.js";

export interface FstabEntry {
  readonly mountPoint: Buffer;
  /** As after -o. */
  readonly options: Buffer;
}

const NEWLINE = 0x0a;
const FSTAB = Buffer.from("/etc/fstab");

export function readFstab(place: LookupPlace): FileRead {
  return readFileOf(place, FSTAB);
}

/** The overlays of fstab(5), in its order. */
export function overlaysInFstab(fstab: Buffer): FstabEntry[] {
  return split(fstab, NEWLINE).flatMap((line) => {
    const [source, target, type, options] = fieldsOf(line);
    if (!source || !target || !options || source[0] === 0x23) return [];
    if (type?.toString("latin1") !== "overlay") return [];
    return [{ mountPoint: trimSlashes(unescapeOctal(target)), options: unescapeOctal(options) }];
  });
}

/**
 * The overlay that fstab(5) mounts at a path; the first one, as mount(8) takes
 * it. A path without, or with, a slash at its end is the same.
 */
export function findInFstab(fstab: Buffer, mountPoint: Buffer): FstabEntry | undefined {
  const wanted = trimSlashes(mountPoint);
  return overlaysInFstab(fstab).find((entry) => entry.mountPoint.equals(wanted));
}

export function specFromFstabEntry(entry: FstabEntry, place: LookupPlace): SpecResult {
  const result = parseOptions([entry.options]);
  if (!result.ok) return result;
  // At boot relative paths are read from the root directory.
  return specFromOptions(result.parsed, "fstab", { ...place, cwd: Buffer.from("/") });
}

/** Undefined: fstab has no overlay there. */
export function specFromFstab(path: Buffer, place: LookupPlace): SpecResult | undefined {
  const fstab = readFstab(place);
  if (!fstab.found) return fstab.absent ? undefined : refuse(fstab.name, fstab.why);
  const entry = findInFstab(fstab.bytes, path);
  return entry === undefined ? undefined : specFromFstabEntry(entry, place);
}

/** Separated by blanks and tabs, each of which would be \040 or \011 in a field. */
function fieldsOf(line: Buffer): Buffer[] {
  const text = line.toString("latin1").trim();
  return text === "" ? [] : text.split(/[ \t]+/).map((field) => Buffer.from(field, "latin1"));
}

function trimSlashes(path: Buffer): Buffer {
  let end = path.length;
  while (end > 1 && path[end - 1] === 0x2f) end--;
  return path.subarray(0, end);
}
