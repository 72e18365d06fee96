/** Text files of any size, a line at a time: written so that a reader never meets half of one, read in pieces. */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { HostError } from "./errno.js";
import { attempt } from "./files.js";
import type { Errno } from "./native.js";

/** Bytes written, or read, at a time. */
const PIECE = 1 << 20;
/** A line that is longer was not written by us. */
const LONGEST_LINE = 1 << 16;
const NEWLINE = 0x0a;
const ENOENT = 2;
const EEXIST = 17;
const EISDIR = 21;
const EINVAL = 22;

/**
 * A file that is there as a whole or not at all: written beside its place, synced, and moved there by {@link commit}.
 * System calls that fail throw, with `errno` on the error.
 */
export class WholeFile {
  readonly #fd: number;
  readonly #path: Buffer;
  readonly #beside: Buffer;
  #waiting: Buffer[] = [];
  #size = 0;

  private constructor(path: Buffer, beside: Buffer, fd: number) {
    this.#path = path;
    this.#beside = beside;
    this.#fd = fd;
  }

  /**
   * -EEXIST where `path` is there already and may not be replaced, -EISDIR where it is a directory, or another negative
   * errno.
   * @param mode Permissions of the file, as far as the umask allows them.
   */
  static create(path: Buffer, replace: boolean, mode = 0o600): WholeFile | Errno {
    // As early as can be: what takes minutes should not end in "it exists". commit() looks again.
    const found = attempt(() => ({ stat: lstatSync(path) }));
    if (typeof found !== "number" && found.stat.isDirectory()) return -EISDIR;
    if (!replace && existsSync(path)) return -EEXIST;
    // A name of its own: of any length the other's may be, and never that of one which a crash has left.
    const name = `.ovl-index-${randomBytes(8).toString("hex")}.part`;
    const beside = Buffer.concat([path.subarray(0, path.lastIndexOf(0x2f) + 1), Buffer.from(name)]);
    const fd = attempt(() => ({ fd: openSync(beside, "wx", mode) }));
    return typeof fd === "number" ? fd : new WholeFile(path, beside, fd.fd);
  }

  /**
   * A report for others to read: with the permissions and the owner of the file that it replaces; where there is none,
   * those of any new file. -EINVAL where something else than a regular file has that name, or another negative errno.
   */
  static report(path: Buffer): WholeFile | Errno {
    const found = attempt(() => ({ stat: lstatSync(path) }));
    if (typeof found === "number") return found === -ENOENT ? WholeFile.create(path, true, 0o666) : found;
    const { stat } = found;
    if (!stat.isFile()) return -EINVAL;
    const file = WholeFile.create(path, true);
    if (typeof file === "number") return file;
    // Only root gives files away; who may not has one of his own.
    attempt(() => fchownSync(file.#fd, stat.uid, stat.gid));
    attempt(() => fchmodSync(file.#fd, stat.mode & 0o777));
    return file;
  }

  write(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#size += bytes.length;
    if (this.#size >= PIECE) this.#flush();
  }

  /** 0, or the negative errno; -EEXIST where the name was taken meanwhile. */
  commit(replace: boolean): 0 | Errno {
    const done = attempt(() => {
      this.#flush();
      fsyncSync(this.#fd);
      // link(2), unlike rename(2), never replaces.
      if (replace) renameSync(this.#beside, this.#path);
      else linkSync(this.#beside, this.#path);
      const slash = this.#path.lastIndexOf(0x2f);
      const dir = openSync(slash < 0 ? "." : this.#path.subarray(0, Math.max(slash, 1)), "r");
      try {
        fsyncSync(dir);
      } finally {
        closeSync(dir);
      }
      return null;
    });
    this.discard();
    return done ?? 0;
  }

  /** Take away what was written beside the file's place. */
  discard(): void {
    attempt(() => closeSync(this.#fd));
    attempt(() => unlinkSync(this.#beside));
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#waiting, this.#size);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    this.#waiting = [];
    this.#size = 0;
  }
}

/** Whether {@link writeReport} can write there, as far as is known before: 0, or what it would answer. */
export function canReport(path: Buffer): 0 | Errno {
  const file = WholeFile.report(path);
  if (typeof file === "number") return file;
  file.discard();
  return 0;
}

/** Put the pieces into a file as a whole; see {@link WholeFile.report}. 0, or the negative errno. */
export function writeReport(path: Buffer, pieces: Iterable<string>): 0 | Errno {
  const file = WholeFile.report(path);
  if (typeof file === "number") return file;
  const written = attempt(() => {
    for (const piece of pieces) file.write(Buffer.from(piece));
    return null;
  });
  if (written === null) return file.commit(true);
  file.discard();
  return written;
}

/** Part of a file: whole lines, or what is left after the last of them. */
export interface Lines {
  /** Good until the next ones are asked for. */
  readonly bytes: Buffer;
  /** These are whole lines, the last one's end included; false for what follows the last end of line. */
  readonly ended: boolean;
}

/**
 * The lines of a regular file, as many at a time as were read at once.
 * @throws HostError; EINVAL for what is no regular file, and for a line that is too long to be one of ours.
 */
export function* linesOf(path: Buffer): Generator<Lines> {
  const opened = attempt(() => ({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK) }));
  const fail = (errno: Errno): never => {
    throw new HostError("read", path.toString(), errno);
  };
  if (typeof opened === "number") return fail(opened);
  const { fd } = opened;
  try {
    if (!fstatSync(fd).isFile()) fail(-EINVAL);
    const buffer = Buffer.allocUnsafe(PIECE + LONGEST_LINE);
    let kept = 0;
    for (;;) {
      const read = attempt(() => ({ bytes: readSync(fd, buffer, kept, PIECE, null) }));
      if (typeof read === "number") return fail(read);
      if (read.bytes === 0) break;
      const known = buffer.subarray(0, kept + read.bytes);
      const start = known.lastIndexOf(NEWLINE) + 1;
      if (start > 0) yield { bytes: known.subarray(0, start), ended: true };
      kept = known.length - start;
      if (kept > LONGEST_LINE) fail(-EINVAL);
      buffer.copyWithin(0, start, known.length);
    }
    if (kept > 0) yield { bytes: buffer.subarray(0, kept), ended: false };
  } finally {
    closeSync(fd);
  }
}
