import { type ScanReader, XATTR_BITS, type XattrKey } from "./scan-reader.js";

const PART_WORDS = 12;
const ENTRY_WORDS = 18;
const PROBE_WORDS = 7;
const ENOENT = 2;
const TWO_32 = 0x1_0000_0000;

const pad = (bytes: number): number => (bytes + 3) & ~3;

/**
 * The reader of native/FORMAT.md. Its properties are rewritten by nextPart(),
 * nextEntry() and probe(); nothing is allocated unless a name or value is asked for.
 */
export class PackedScanReader implements ScanReader {
  readonly bytes: Buffer;
  job = -1;
  status = 0;
  resume = 0;
  dev = 0;
  ino = 0;
  ctimeMs = 0;
  type = 0;
  entryIno = 0;
  entryStatus = 0;
  rdev = -1;
  xattrCount = 0;
  xattrBits = 0;
  hasOtherPrefix = false;
  originStart = 0;
  originEnd = 0;
  indexUpperStart = 0;
  indexUpperEnd = 0;
  originRow = -2;
  originProbes = 0;
  handleType = 0;
  handleStart = 0;
  handleEnd = 0;
  probeMode = 0;
  probeIno = 0;
  probeNlink = 0;
  probeRdev = 0;
  probeHandleType = 0;
  probeHandleStart = 0;
  probeHandleEnd = 0;

  /** The same memory as words, in the machine's own byte order; indices below are words. */
  readonly #u32: Uint32Array;
  readonly #i32: Int32Array;
  #partStart = 0;
  #partEnd = 0;
  #probeCount = 0;
  #entriesLeft = 0;
  #entry = 0;
  #entryEnd = 0;
  #nameLength = 0;
  #firstProbe = 0;

  constructor(buf: Buffer) {
    this.bytes = buf.byteOffset % 4 === 0 ? buf : aligned(buf);
    const words = this.bytes.length >>> 2;
    this.#u32 = new Uint32Array(this.bytes.buffer, this.bytes.byteOffset, words);
    this.#i32 = new Int32Array(this.bytes.buffer, this.bytes.byteOffset, words);
  }

  nextPart(): boolean {
    const at = this.#partEnd;
    if (at + PART_WORDS > this.#u32.length || this.#word(at) === 0) return false;
    this.#partStart = at;
    this.#partEnd = at + (this.#word(at) >>> 2);
    this.job = this.#word(at + 1);
    this.status = this.#signed(at + 2);
    this.resume = this.#word(at + 3);
    this.dev = this.#wide(at + 4);
    this.ino = this.#wide(at + 6);
    this.ctimeMs = this.#word(at + 10) * 1000 + this.#word(at + 11) / 1e6;
    this.#probeCount = this.#word(at + 8);
    this.#entriesLeft = this.#word(at + 9);
    this.#entryEnd = at + PART_WORDS + this.#probeCount;
    return true;
  }

  probeStatus(k: number): number {
    return k < this.#probeCount ? this.#signed(this.#partStart + PART_WORDS + k) : 0;
  }

  nextEntry(): boolean {
    if (this.#entriesLeft === 0) return false;
    this.#entriesLeft--;
    const w = this.#u32;
    const i = this.#i32;
    const at = this.#entryEnd;
    this.#entry = at;
    this.#entryEnd = at + ((w[at] as number) >>> 2);
    const kind = w[at + 1] as number;
    this.type = kind & 0xff;
    this.xattrCount = kind >>> 16;
    this.hasOtherPrefix = (kind & 0x200) !== 0;
    this.entryStatus = i[at + 2] as number;
    this.entryIno = (w[at + 3] as number) + (w[at + 4] as number) * TWO_32;
    const lengths = w[at + 5] as number;
    this.#nameLength = lengths & 0xffff;
    const handleLength = lengths >>> 16;
    this.handleType = w[at + 6] as number;
    this.rdev = (kind & 0x100) === 0 ? -1 : (w[at + 7] as number);
    this.xattrBits = w[at + 8] as number;
    const start = at << 2;
    this.originStart = start + (w[at + 9] as number);
    this.originEnd = this.originStart + (w[at + 10] as number);
    this.indexUpperStart = start + (w[at + 11] as number);
    this.indexUpperEnd = this.indexUpperStart + Math.max(0, i[at + 12] as number);
    this.originRow = i[at + 13] as number;
    this.originProbes = w[at + 14] as number;
    this.handleStart = start + ENTRY_WORDS * 4 + pad(this.#nameLength);
    this.handleEnd = this.handleStart + handleLength;
    this.#firstProbe = (this.handleStart + pad(handleLength)) >>> 2;
    return true;
  }

  name(): Buffer {
    const start = (this.#entry + ENTRY_WORDS) << 2;
    return Buffer.from(this.bytes.subarray(start, start + this.#nameLength));
  }

  xattr(name: XattrKey): Buffer | number | undefined {
    if ((this.xattrBits & XATTR_BITS[name]) === 0) return undefined;
    let at = this.#probeAt(this.#probeCount);
    for (let i = 0; i < this.xattrCount; i++) {
      const nameLength = this.#word(at);
      const length = this.#signed(at + 1);
      const nameStart = (at + 2) << 2;
      const valueStart = nameStart + pad(nameLength);
      if (
        nameLength === name.length &&
        this.bytes.toString("latin1", nameStart, nameStart + nameLength) === name
      ) {
        return length < 0 ? length : this.bytes.subarray(valueStart, valueStart + length);
      }
      at = (valueStart + pad(Math.max(length, 0))) >>> 2;
    }
    return undefined;
  }

  ctimeNs(): bigint {
    const at = this.#entry + 16;
    return (BigInt(this.#signed(at + 1)) << 32n) + BigInt(this.#word(at));
  }

  probe(k: number): number {
    return this.#probe(this.#probeAt(k));
  }

  target(): number {
    const at = this.#word(this.#entry + 15);
    return at === 0 ? -ENOENT : this.#probe(this.#entry + (at >>> 2));
  }

  #probe(at: number): number {
    const status = this.#signed(at);
    if (status !== 0) return status;
    this.probeMode = this.#word(at + 1);
    this.probeIno = this.#wide(at + 2);
    this.probeNlink = this.#word(at + 4);
    this.probeRdev = this.#word(at + 5);
    const handle = this.#word(at + 6);
    this.probeHandleType = handle & 0xffff;
    this.probeHandleStart = (at + PROBE_WORDS) << 2;
    this.probeHandleEnd = this.probeHandleStart + (handle >>> 16);
    return 0;
  }

  originBeginsWith(header: Uint32Array, last: number): boolean {
    const w = this.#u32;
    const at = this.originStart >>> 2;
    for (let i = 0; i < 5; i++) if (w[at + i] !== header[i]) return false;
    return this.bytes[this.originStart + 20] === last;
  }

  /** Where probe k begins; for k = the number of probes, where the xattrs begin. */
  #probeAt(k: number): number {
    let at = this.#firstProbe;
    for (let i = 0; i < k; i++) {
      at += this.#signed(at) === 0 ? PROBE_WORDS + (pad(this.#word(at + 6) >>> 16) >>> 2) : 1;
    }
    return at;
  }

  #word(at: number): number {
    return this.#u32[at] as number;
  }

  #signed(at: number): number {
    return this.#i32[at] as number;
  }

  #wide(at: number): number {
    return (this.#u32[at] as number) + (this.#u32[at + 1] as number) * TWO_32;
  }
}

/** A copy that begins at a multiple of four, which typed arrays ask for. */
function aligned(buf: Buffer): Buffer {
  const copy = Buffer.from(new ArrayBuffer(buf.length));
  buf.copy(copy);
  return copy;
}
