/** The part of an ELF file that says how the program is started. */
import { closeSync, openSync, readSync } from "node:fs";

const PT_INTERP = 3;

function read(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, position));
}

/**
 * Path of the dynamic loader that a program asks for, and with that its C library; null where it asks for none. It may
 * stand anywhere in the file: what edits programs (patchelf, what makes single executables) moves it. Of the kind of file that
 * Node is where something was compiled for it: 64 bits, little-endian.
 */
export function loaderOf(program: string): string | null {
  const fd = openSync(program, "r");
  try {
    const header = read(fd, 0, 64);
    if (header.length < 64 || header.toString("latin1", 0, 6) !== "\x7fELF\x02\x01") return null;
    const size = header.readUInt16LE(54);
    const table = read(fd, Number(header.readBigUInt64LE(32)), size * header.readUInt16LE(56));
    for (let at = 0; at + size <= table.length; at += size) {
      if (table.readUInt32LE(at) !== PT_INTERP) continue;
      const path = read(fd, Number(table.readBigUInt64LE(at + 8)), Number(table.readBigUInt64LE(at + 32)));
      return path.toString("latin1").replace(/\0.*/, "");
    }
    return null;
  } finally {
    closeSync(fd);
  }
}
