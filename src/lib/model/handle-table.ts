/**
 * A set of file handles with a few numbers beside each, in typed arrays: the
 * index of an overlay with millions of entries has to fit into memory.
 *
 * A handle structure (struct ovl_fb) starts with 21 bytes that nearly all
 * handles of a layer share: version, magic, length, flags, type, UUID. They are
 * interned; only the filesystem's own bytes (8 on ext4, 12 on xfs, 20 on btrfs)
 * are stored for each row. That is about 30 bytes a row, all told.
 *
 * Rows keep the order in which they were added.
 */
import type { HandleColumns, HandleEnd, Native } from "../host/native.js";

const HEADER = 21;
const LENGTH_FIELD = 2;
/** The filesystem's own bytes of a handle: 8 on ext4, 12 on xfs, 20 on btrfs. */
const LONGEST_USUAL = 20;
/** An overlay has a header or two for each layer; the addon goes through them one by one. */
const HEADERS_TOLD = 64;
/** Of an overlay with a layer or two, one for each of them: sooner compared than looked up. */
const FEW_HEADERS = 4;

/** Handle structures are found by their bytes, in constant time; a row is good as long as the table. */
export class HandleTable {
  #headers: Buffer[] = [];
  #headerIds = new Map<string, number>();
  #lastHeader = 0;
  /** Of each row: the number of its header, where it begins in the bytes. */
  #places = new Uint32Array(128);
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  #used = 0;
  #inos = new Float64Array(64);
  #flags = new Uint16Array(64);
  #notes = new Uint32Array(64);
  /** Row + 1 in the bits that tell a slot's number, above them the rest of the hash; 0 is empty. */
  #slots = new Uint32Array(128);
  #rows = 0;

  get size(): number {
    return this.#rows;
  }

  /** Room for about so many rows at once. What stays untouched takes no memory. */
  reserve(rows: number): void {
    if (rows <= this.#inos.length) return;
    this.#growRows(rows);
    this.#bytes = resized(this.#bytes, new Uint8Array(rows * LONGEST_USUAL));
  }

  /** The columns with room for `more` rows: to load a listing into, after which loaded() is called. */
  end(more: number): HandleEnd {
    if (this.#rows + more > this.#inos.length) this.#growRows(this.#rows + Math.max(more, this.#rows >> 1));
    const bytes = this.#used + more * LONGEST_USUAL;
    if (bytes > this.#bytes.length) this.#bytes = grown(this.#bytes, bytes);
    return { ...this.columns(), inos: this.#inos, flags: this.#flags, rows: this.#rows, used: this.#used };
  }

  /** Rows were added to the columns: their number, and how far `bytes` is used. Nothing finds them before seal(). */
  loaded(rows: number, used: number): void {
    this.#rows = rows;
    this.#used = used;
  }

  /** The same for one row. */
  append(buf: Uint8Array, start: number, ino: number, flags: number): number {
    const row = this.#rows++;
    if (row === this.#inos.length) this.#growRows(row + Math.max(64, row >> 1));
    const length = fidLength(buf, start);
    if (this.#used + length > this.#bytes.length) this.#bytes = grown(this.#bytes, this.#used + length);
    for (let i = 0; i < length; i++) this.#bytes[this.#used + i] = buf[start + HEADER + i] as number;
    this.#places[2 * row] = this.#internHeader(buf, start);
    this.#places[2 * row + 1] = this.#used;
    this.#used += length;
    this.#inos[row] = ino;
    this.#flags[row] = flags;
    return row;
  }

  /** All rows are loaded: from here on they are found. */
  seal(native: Pick<Native, "placeTable">): void {
    let size = 128;
    while (size * 2 < this.#rows * 3) size *= 2;
    this.#slots = new Uint32Array(size);
    native.placeTable({ ...this.columns(), headers: Buffer.concat(this.#headers) }, this.#rows);
  }

  /** What the addon looks into. Good until a row is added. */
  columns(): HandleColumns {
    const headers = this.#headers.slice(0, HEADERS_TOLD);
    return {
      slots: this.#slots,
      places: this.#places,
      bytes: this.#bytes,
      headers: Buffer.concat(headers),
      allHeaders: headers.length === this.#headers.length,
    };
  }

  /** Row of the handle at `buf[start…]`, or -1. The handle's own length field says where it ends. */
  find(buf: Uint8Array, start: number): number {
    const header = this.#findHeader(buf, start);
    if (header < 0) return -1;
    const length = fidLength(buf, start);
    const mask = this.#slots.length - 1;
    const h = hash(buf, start + HEADER, length);
    for (let slot = h & mask; ; slot = (slot + 1) & mask) {
      const found = this.#slots[slot] as number;
      if (found === 0) return -1;
      if (((found ^ h) & ~mask) !== 0) continue;
      const row = (found & mask) - 1;
      if (this.#places[2 * row] === header && this.#same(row, buf, start + HEADER, length)) return row;
    }
  }

  /** Row of the handle, added where it is new. The caller has checked that the structure is valid. */
  add(buf: Uint8Array, start: number, ino: number, flags: number): { row: number; isNew: boolean } {
    const before = this.#rows;
    const row = this.put(buf, start, ino, flags);
    return { row, isNew: row === before };
  }

  /** The same without a word on whether it is new. */
  put(buf: Uint8Array, start: number, ino: number, flags: number): number {
    const found = this.find(buf, start);
    if (found >= 0) return found;
    if ((this.#rows + 1) * 3 > this.#slots.length * 2) this.#rehash(this.#slots.length * 2);
    const row = this.append(buf, start, ino, flags);
    this.#place(row);
    return row;
  }

  ino(row: number): number {
    return this.#inos[row] as number;
  }

  flags(row: number): number {
    return this.#flags[row] as number;
  }

  mark(row: number, flags: number): void {
    this.#flags[row] = (this.#flags[row] as number) | flags;
  }

  /** A number of the caller's own for a row; 0 until it is set. */
  note(row: number): number {
    return this.#notes[row] as number;
  }

  setNote(row: number, note: number): void {
    this.#notes[row] = note;
  }

  setIno(row: number, ino: number): void {
    this.#inos[row] = ino;
  }

  /** The whole handle structure of a row, as a new Buffer. */
  handle(row: number): Buffer {
    const header = this.#headers[this.#places[2 * row] as number] as Buffer;
    const start = this.#places[2 * row + 1] as number;
    return Buffer.concat([
      header,
      this.#bytes.subarray(start, start + (header[LENGTH_FIELD] as number) - HEADER),
    ]);
  }

  /** Nearly always the header found last, else one of the first; a hostile index may hold as many headers as entries. */
  #findHeader(buf: Uint8Array, start: number): number {
    const last = this.#headers[this.#lastHeader];
    if (last !== undefined && equalHeader(last, buf, start)) return this.#lastHeader;
    const few = Math.min(this.#headers.length, FEW_HEADERS);
    for (let id = 0; id < few; id++) {
      if (equalHeader(this.#headers[id] as Buffer, buf, start)) {
        this.#lastHeader = id;
        return id;
      }
    }
    if (few === this.#headers.length) return -1;
    const id = this.#headerIds.get(headerKey(buf, start));
    if (id === undefined) return -1;
    this.#lastHeader = id;
    return id;
  }

  #internHeader(buf: Uint8Array, start: number): number {
    const found = this.#findHeader(buf, start);
    if (found >= 0) return found;
    const id = this.#headers.push(Buffer.from(buf.subarray(start, start + HEADER))) - 1;
    this.#headerIds.set(headerKey(buf, start), id);
    return id;
  }

  #same(row: number, buf: Uint8Array, start: number, length: number): boolean {
    const own = this.#places[2 * row + 1] as number;
    for (let i = 0; i < length; i++) if (this.#bytes[own + i] !== buf[start + i]) return false;
    return true;
  }

  #place(row: number): void {
    const mask = this.#slots.length - 1;
    const header = this.#headers[this.#places[2 * row] as number] as Buffer;
    const length = (header[LENGTH_FIELD] as number) - HEADER;
    const h = hash(this.#bytes, this.#places[2 * row + 1] as number, length);
    let slot = h & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = (h & ~mask) | (row + 1);
  }

  #rehash(size: number): void {
    this.#slots = new Uint32Array(size);
    for (let row = 0; row < this.#rows; row++) this.#place(row);
  }

  #growRows(size: number): void {
    this.#places = resized(this.#places, new Uint32Array(2 * size));
    this.#inos = resized(this.#inos, new Float64Array(size));
    this.#flags = resized(this.#flags, new Uint16Array(size));
    this.#notes = resized(this.#notes, new Uint32Array(size));
  }
}

function equalHeader(header: Buffer, buf: Uint8Array, start: number): boolean {
  // From the back: the UUID tells layers apart, the first bytes are always alike.
  for (let k = HEADER - 1; k >= 0; k--) if (header[k] !== buf[start + k]) return false;
  return true;
}

function headerKey(buf: Uint8Array, start: number): string {
  return Buffer.from(buf.buffer, buf.byteOffset + start, HEADER).toString("latin1");
}

function fidLength(buf: Uint8Array, start: number): number {
  return (buf[start + LENGTH_FIELD] as number) - HEADER;
}

/** FNV-1a over the filesystem's own bytes, mixed once more: inode numbers are dense. */
function hash(buf: Uint8Array, start: number, length: number): number {
  let h = 0x811c9dc5;
  for (let i = start; i < start + length; i++) h = Math.imul(h ^ (buf[i] as number), 0x01000193);
  h ^= h >>> 15;
  h = Math.imul(h, 0x85ebca6b);
  return (h ^ (h >>> 13)) >>> 0;
}

function grown(old: Uint8Array<ArrayBuffer>, needed: number): Uint8Array<ArrayBuffer> {
  return resized(old, new Uint8Array(Math.max(needed, old.length + (old.length >> 1))));
}

function resized<T extends { set(from: T): void }>(old: T, bigger: T): T {
  bigger.set(old);
  return bigger;
}
