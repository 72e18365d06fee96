import { FLAG_ANY_ENDIAN, FLAG_BIG_ENDIAN, FLAG_UPPER, HEADER_SIZE, MAGIC } from "./fileHandle.js";
import { realHandleHint } from "./realHandle.js";
import { formatUuid, isNullUuid } from "./uuid.js";

/** One field of a handle for a reader, whether or not the handle as a whole is valid. */
export interface HandleField {
  readonly offset: number;
  readonly size: number;
  readonly name: string;
  /** The bytes in hex. */
  readonly hex: string;
  readonly meaning: string;
}

/** A handle field by field; a short buffer gives the fields that are there. Never throws. */
export function describeHandle(bytes: Buffer): HandleField[] {
  const length = bytes[2] ?? 0;
  const flags = bytes[3] ?? 0;
  const type = bytes[4] ?? 0;
  const end = Math.max(HEADER_SIZE, Math.min(length, bytes.length));
  const fid = bytes.subarray(HEADER_SIZE, end);
  const uuid = bytes.subarray(5, HEADER_SIZE);
  const layout: [number, number, string, string][] = [
    [0, 1, "version", bytes[0] === 0 ? "0" : `${bytes[0]}, newer than this format: unknown`],
    [1, 1, "magic", bytes[1] === MAGIC ? "overlay file handle" : "not 0xfb: invalid"],
    [2, 1, "length", describeLength(length, bytes.length)],
    [3, 1, "flags", describeFlags(flags)],
    [4, 1, "type", `handle_type 0x${type.toString(16).padStart(2, "0")}`],
    [5, 16, "uuid", isNullUuid(uuid) ? "null (uuid=off, or a filesystem without one)" : formatUuid(uuid)],
    [HEADER_SIZE, fid.length, "fid", describeFid(type, fid, (flags & FLAG_BIG_ENDIAN) !== 0)],
    [end, bytes.length - end, "rest", "beyond the length field: ignored"],
  ];
  return layout
    .filter(([offset, size]) => size > 0 && bytes.length >= offset + size)
    .map(([offset, size, name, meaning]) => {
      const hex = bytes.subarray(offset, offset + size).toString("hex");
      return { offset, size, name, hex, meaning };
    });
}

function describeLength(length: number, size: number): string {
  if (length > size) return `${length} bytes, but only ${size} are there: invalid`;
  if (length < HEADER_SIZE) return `${length} bytes, less than the header's ${HEADER_SIZE}`;
  return `${length} bytes`;
}

function describeFlags(flags: number): string {
  const names = [
    (flags & FLAG_UPPER) !== 0 ? "points into upper" : "points into lower",
    (flags & FLAG_BIG_ENDIAN) !== 0 ? "encoded on a big-endian machine" : "little-endian",
    ...((flags & FLAG_ANY_ENDIAN) !== 0 ? ["any endianness"] : []),
    ...((flags & ~7) !== 0 ? ["unknown flags"] : []),
  ];
  return names.join(", ");
}

function describeFid(type: number, fid: Buffer, big: boolean): string {
  const hint = realHandleHint(type, fid, big);
  if (hint === undefined) return `${fid.length} bytes of the real filesystem`;
  const subvolume = hint.subvolume === undefined ? "" : `, subvolume ${hint.subvolume}`;
  return `inode ${hint.ino}, generation ${hint.generation}${subvolume} (read as ${hint.layout})`;
}
