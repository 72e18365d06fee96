/**
 * Objects out of the packed answers of the addon's examine(), examineHandle() and glance();
 * the layout is in native/FORMAT.md.
 */
import type { DecodedObject, Errno, Glance, RawHandle } from "./native.js";

/** The addon's own forms of them: they return the size of the answer, or a negative errno. */
export interface PackedExamine {
  examine(root: number, path: Buffer, prefix: string, into: Buffer): number;
  examineHandle(root: number, type: number, bytes: Buffer, prefix: string, into: Buffer): number;
  glance(root: number, path: Buffer, xattr: string | null, into: Buffer): number;
}

const HEAD = 88;
const GLANCE_HEAD = 48;
const ENODATA = -61;
const pad = (bytes: number): number => (bytes + 3) & ~3;

export class ObjectReader {
  #bytes = Buffer.alloc(0);
  #doubles = new Float64Array(0);
  #longs = new BigInt64Array(0);
  #words = new Int32Array(0);

  constructor() {
    this.#grow(4096);
  }

  /** `call` fills the Buffer that it is given, and is called again where that is too small. */
  read(call: (into: Buffer) => number): DecodedObject | Errno {
    const size = this.#fill(call);
    return size < 0 ? size : this.#object(size);
  }

  /** The same of a glance. */
  glance(call: (into: Buffer) => number): Glance | Errno {
    const size = this.#fill(call);
    if (size < 0) return size;
    const d = this.#doubles;
    const length = this.#words[10] as number;
    return {
      dev: d[0] as number,
      ino: d[1] as number,
      mode: d[2] as number,
      rdev: d[3] as number,
      ctimeNs: this.#longs[4] as bigint,
      value:
        length === ENODATA
          ? null
          : length < 0
            ? length
            : Buffer.from(this.#bytes.subarray(GLANCE_HEAD, GLANCE_HEAD + length)),
    };
  }

  #fill(call: (into: Buffer) => number): number {
    let size = call(this.#bytes);
    while (size > this.#bytes.length) {
      this.#grow(size * 2);
      size = call(this.#bytes);
    }
    return size;
  }

  #grow(size: number): void {
    const memory = new ArrayBuffer((size + 7) & ~7);
    this.#bytes = Buffer.from(memory);
    this.#doubles = new Float64Array(memory);
    this.#longs = new BigInt64Array(memory);
    this.#words = new Int32Array(memory);
  }

  #object(size: number): DecodedObject {
    const d = this.#doubles;
    const w = this.#words;
    // One copy of all that is bytes; what is handed out are views into it.
    const bytes = Buffer.from(this.#bytes.subarray(HEAD, size));
    const handleLength = w[17] as number;
    const pathStart = pad(handleLength);
    const pathLength = w[18] as number;
    const handleError = w[15] as number;
    const handle: RawHandle | Errno =
      handleError !== 0 ? handleError : { type: w[16] as number, bytes: bytes.subarray(0, handleLength) };
    return {
      dev: d[0] as number,
      ino: d[1] as number,
      mode: d[2] as number,
      nlink: d[3] as number,
      size: d[4] as number,
      rdev: d[5] as number,
      ctimeNs: this.#longs[6] as bigint,
      xattrs: this.#xattrs(bytes, pathStart + pad(pathLength)),
      xattrError: w[14] as number,
      handle,
      path: bytes.subarray(pathStart, pathStart + pathLength),
      pathError: w[19] as number,
    };
  }

  #xattrs(bytes: Buffer, start: number): Map<string, Buffer | Errno> {
    const found = new Map<string, Buffer | Errno>();
    let at = start;
    for (let left = this.#words[20] as number; left > 0; left--) {
      const word = (HEAD + at) >>> 2;
      const nameLength = this.#words[word] as number;
      const length = this.#words[word + 1] as number;
      const nameStart = at + 8;
      const valueStart = nameStart + pad(nameLength);
      const value = length < 0 ? length : bytes.subarray(valueStart, valueStart + length);
      found.set(bytes.toString("utf8", nameStart, nameStart + nameLength), value);
      at = valueStart + pad(Math.max(length, 0));
    }
    return found;
  }
}
