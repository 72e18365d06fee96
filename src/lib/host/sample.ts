import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { native } from "./addon.js";
import { attempt } from "./files.js";
import type { Errno, RawHandle } from "./native.js";

/** Bytes at either end of a file that the sample is made of. */
const END = 4096;

/**
 * A sample of the content of the regular file that a handle leads to: 16 hex digits of the SHA-256 of its size, its
 * first and its last 4096 bytes. A write in the middle of a large file that leaves its size alone is not seen.
 * `root`: a directory of the filesystem that gave the handle.
 */
export function sampleOf(root: number, handle: RawHandle): string | Errno {
  const place = native.openHandle(root, handle.type, handle.bytes);
  if (place < 0) return place;
  try {
    return attempt(() => {
      const fd = openSync(
        `/proc/self/fd/${place}`,
        constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
      );
      try {
        return digest(fd);
      } finally {
        closeSync(fd);
      }
    });
  } finally {
    native.close(place);
  }
}

function digest(fd: number): string {
  const { size } = fstatSync(fd);
  const hash = createHash("sha256").update(`${size}\n`);
  const bytes = Buffer.alloc(END);
  const add = (at: number): void => {
    hash.update(bytes.subarray(0, readSync(fd, bytes, 0, END, at)));
  };
  add(0);
  if (size > END) add(Math.max(END, size - END));
  return hash.digest("hex").slice(0, 16);
}
