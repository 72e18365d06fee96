/** XDR (RFC 4506): big-endian words of four bytes; what is shorter is filled up with zeros. */

const WORD = 4;
const padded = (size: number): number => Math.ceil(size / WORD) * WORD;

export class XdrWriter {
  private readonly pieces: Buffer[] = [];

  uint32(value: number): this {
    const word = Buffer.alloc(WORD);
    word.writeUInt32BE(value);
    return this.fixed(word);
  }

  uint64(value: number): this {
    const words = Buffer.alloc(2 * WORD);
    words.writeBigUInt64BE(BigInt(value));
    return this.fixed(words);
  }

  /** Bytes whose number both sides know. */
  fixed(bytes: Buffer): this {
    this.pieces.push(bytes, Buffer.alloc(padded(bytes.length) - bytes.length));
    return this;
  }

  /** Bytes with their number before them. */
  opaque(bytes: Buffer): this {
    return this.uint32(bytes.length).fixed(bytes);
  }

  words(values: readonly number[]): this {
    this.uint32(values.length);
    for (const value of values) this.uint32(value);
    return this;
  }

  bytes(): Buffer {
    return Buffer.concat(this.pieces);
  }
}

/** Every method throws RangeError where the bytes end too early. */
export class XdrReader {
  private at = 0;

  constructor(private readonly from: Buffer) {}

  uint32(): number {
    return this.fixed(WORD).readUInt32BE();
  }

  /** Exact below 2^53, which sizes of files are. */
  uint64(): number {
    return Number(this.uint64Exact());
  }

  uint64Exact(): bigint {
    return this.fixed(2 * WORD).readBigUInt64BE();
  }

  fixed(size: number): Buffer {
    if (this.at + size > this.from.length) throw new RangeError("the answer ends too early");
    const bytes = this.from.subarray(this.at, this.at + size);
    this.at += padded(size);
    return bytes;
  }

  opaque(): Buffer {
    return this.fixed(this.uint32());
  }

  words(): number[] {
    return Array.from({ length: this.uint32() }, () => this.uint32());
  }
}
