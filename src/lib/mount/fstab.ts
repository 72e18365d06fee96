import { printable, split, unescapeOctal } from "./bytes.js";

export interface FstabEntry {
  readonly mountPoint: Buffer;
  /** As after -o. */
  readonly options: Buffer;
}

const NEWLINE = 0x0a;

/**
 * The overlay that fstab(5) mounts at a path; the first one, as mount(8) takes
 * it. A path without, or with, a slash at its end is the same.
 */
export function findInFstab(fstab: Buffer, mountPoint: Buffer): FstabEntry | undefined {
  const wanted = printable(trimSlashes(mountPoint));
  for (const line of split(fstab, NEWLINE)) {
    const [source, target, type, options] = fieldsOf(line);
    if (!source || !target || !options || source[0] === 0x23) continue;
    if (type?.toString("latin1") !== "overlay") continue;
    const entry = { mountPoint: unescapeOctal(target), options: unescapeOctal(options) };
    if (printable(trimSlashes(entry.mountPoint)) === wanted) return entry;
  }
  return undefined;
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
