/**
 * Operations of NFSv4.0 (RFC 7530, section 16): what each is asked, and what it answers when it succeeds.
 * Reads and writes carry the anonymous stateid: no file is opened, so that a handle is all that a client holds.
 */
import type { XdrReader, XdrWriter } from "./xdr.js";

export interface Operation<Answer> {
  readonly code: number;
  ask(to: XdrWriter): unknown;
  answer(from: XdrReader): Answer;
}

const ANONYMOUS = Buffer.alloc(16);
const FILE_SYNC = 2;

/** Bits of the attribute bitmap. */
const TYPE = 1;
const SIZE = 4;
const FILEID = 20;

export interface Attributes {
  /** nfs_ftype4: 1 a regular file, 2 a directory. */
  readonly type: number;
  readonly size: number;
  /** Inode number. */
  readonly fileid: bigint;
}

const nothing = (): undefined => undefined;
const bit = (at: number): number => 2 ** (at % 32);

export const putRootFh: Operation<undefined> = { code: 24, ask: nothing, answer: nothing };

export const putFh = (handle: Buffer): Operation<undefined> => ({
  code: 22,
  ask: (to) => to.opaque(handle),
  answer: nothing,
});

export const lookup = (name: Buffer): Operation<undefined> => ({
  code: 15,
  ask: (to) => to.opaque(name),
  answer: nothing,
});

export const getFh: Operation<Buffer> = {
  code: 10,
  ask: nothing,
  answer: (from) => Buffer.from(from.opaque()),
};

export const getAttr: Operation<Attributes> = {
  code: 9,
  ask: (to) => to.words([bit(TYPE) + bit(SIZE), bit(FILEID)]),
  // Every server has these three; they come in the order of their bits.
  answer: (from) => {
    from.words();
    from.uint32();
    return { type: from.uint32(), size: from.uint64(), fileid: from.uint64Exact() };
  },
};

export const read = (offset: number, count: number): Operation<{ eof: boolean; data: Buffer }> => ({
  code: 25,
  ask: (to) => to.fixed(ANONYMOUS).uint64(offset).uint32(count),
  answer: (from) => ({ eof: from.uint32() !== 0, data: Buffer.from(from.opaque()) }),
});

/** Answers how many bytes were written, and lie on the disk. */
export const write = (offset: number, data: Buffer): Operation<number> => ({
  code: 38,
  ask: (to) => to.fixed(ANONYMOUS).uint64(offset).uint32(FILE_SYNC).opaque(data),
  answer: (from) => {
    const count = from.uint32();
    from.uint32();
    from.fixed(VERIFIER);
    return count;
  },
});

export const setSize = (size: number): Operation<undefined> => ({
  code: 34,
  ask: (to) =>
    to
      .fixed(ANONYMOUS)
      .words([bit(SIZE)])
      .uint32(8)
      .uint64(size),
  answer: (from) => void from.words(),
});

const VERIFIER = 8;
/** Room for the answer, in bytes: more names than any directory here has. */
const ROOM = 65_536;

/** The first names of a directory, as far as one answer goes. */
export const readDir: Operation<readonly Buffer[]> = {
  code: 26,
  ask: (to) => to.uint64(0).fixed(Buffer.alloc(VERIFIER)).uint32(ROOM).uint32(ROOM).words([]),
  answer: (from) => {
    from.fixed(VERIFIER);
    const names: Buffer[] = [];
    while (from.uint32() !== 0) {
      from.uint64Exact();
      names.push(Buffer.from(from.opaque()));
      from.words();
      from.opaque();
    }
    return names;
  },
};
