/** Arguments as bytes: a path on the command line need not be UTF-8. */
import { files } from "../../lib/host/files.js";

const REPLACEMENT = "\uFFFD";

/**
 * The bytes of an argument, or of the part behind `=`. Node gives arguments as text, with U+FFFD for what is
 * not UTF-8; the kernel still has the bytes.
 */
export function argumentBytes(text: string): Buffer {
  if (!text.includes(REPLACEMENT)) return Buffer.from(text);
  const raw = files.read(Buffer.from("/proc/self/cmdline"));
  if (typeof raw === "number") return Buffer.from(text);
  for (let start = 0; start < raw.length; ) {
    const end = raw.indexOf(0, start);
    const argument = raw.subarray(start, end < 0 ? raw.length : end);
    for (let at = 0; at >= 0; at = nextPart(argument, at)) {
      if (argument.subarray(at).toString("utf8") === text) return argument.subarray(at);
    }
    start = end < 0 ? raw.length : end + 1;
  }
  return Buffer.from(text);
}

/** Where a value may begin within an argument: behind "=", or behind "-o" and other letters that stand together. */
function nextPart(argument: Buffer, at: number): number {
  const equals = argument.indexOf(0x3d, at);
  const isLetters = argument[0] === 0x2d && argument[1] !== 0x2d;
  const isBefore = isLetters && !argument.subarray(0, at).includes(0x3d) && at + 1 < argument.length;
  if (isBefore) return at === 0 ? 2 : at + 1;
  return equals < 0 ? -1 : equals + 1;
}
