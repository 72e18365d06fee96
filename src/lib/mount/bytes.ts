/** Small operations on bytes: names and option strings need not be UTF-8. */

export const SLASH = 0x2f;
const BACKSLASH = 0x5c;

/** Bytes for a reader: UTF-8, with U+FFFD for what is not. */
export function printable(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}

/** Split at a byte; the parts are views. */
export function split(bytes: Buffer, separator: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let start = 0; ; ) {
    const at = bytes.indexOf(separator, start);
    parts.push(bytes.subarray(start, at === -1 ? bytes.length : at));
    if (at === -1) return parts;
    start = at + 1;
  }
}

/** Three octal digits after a backslash are a byte, as in mountinfo and fstab (seq_escape, getmntent(3)). */
export function unescapeOctal(bytes: Buffer): Buffer {
  if (!bytes.includes(BACKSLASH)) return bytes;
  const out = Buffer.alloc(bytes.length);
  let size = 0;
  for (let i = 0; i < bytes.length; i++) {
    const digits = bytes[i] === BACKSLASH ? bytes.toString("latin1", i + 1, i + 4) : "";
    if (/^[0-3][0-7]{2}$/.test(digits)) {
      out[size++] = Number.parseInt(digits, 8);
      i += 3;
    } else {
      out[size++] = bytes[i] ?? 0;
    }
  }
  return out.subarray(0, size);
}

/** A backslash goes, and what follows stays as it is; one at the very end vanishes (ovl_unescape). */
export function unescapeBackslash(bytes: Buffer): Buffer {
  if (!bytes.includes(BACKSLASH)) return bytes;
  const out = Buffer.alloc(bytes.length);
  let size = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === BACKSLASH && ++i === bytes.length) break;
    out[size++] = bytes[i] ?? 0;
  }
  return out.subarray(0, size);
}

/** Put a path below a directory, unless it is absolute. */
export function resolvePath(base: Buffer, path: Buffer): Buffer {
  if (path[0] === SLASH) return path;
  const separator = base[base.length - 1] === SLASH ? "" : "/";
  return Buffer.concat([base, Buffer.from(separator), path]);
}
