/**
 * The index directory in memory: which handle has an entry, of what kind, and
 * what the mount will have done with it before the first lookup.
 */
import { HEADER_SIZE, handleStatus } from "../format/fileHandle.js";
import { DT_CHR, DT_DIR } from "../format/fileType.js";
import { HEX_DIGITS } from "../format/hexDigits.js";
import {
  decodeIndexName,
  encodeIndexName,
  type IndexNameVerdict,
  isTemporaryName,
} from "../format/indexName.js";
import type { Errno, LoadedListing, Native, RawObject } from "../host/native.js";
import { type IndexHit, type IndexView, isWhiteoutDevice, type LayerPath, type View } from "../kernel/env.js";
import type { Layer } from "../layers/types.js";
import { HandleTable } from "./handle-table.js";

/** Where a handle structure has its length. */
const LENGTH_FIELD = 2;

/** Entries a call. */
const BATCH = 16384;
/** A guess from a directory's size: less than a name of 58 characters takes on any filesystem that has handles. */
const BYTES_AN_ENTRY = 80;
/** A directory's size is only what its filesystem says. */
const MOST_RESERVED = 1 << 24;

/** Flags of a row; the low four bits are the entry's d_type. */
const TYPE = 15;
/** Seen to be right: the mount keeps it. */
const PROVEN = 16;
const REMOVED = 32;
const TOMBSTONED = 64;
/** An upper object with a name has this origin. */
const CLAIMED = 128;
/** Its lower object was seen behind a whiteout, an opaque directory or another object. */
const HIDDEN = 256;
/** The upper object stands under another name than its lower one. */
const MOVED = 512;
/** Its lower aliases fail where the entry's own name does not, or the other way round. */
const WATCHED = 1024;

/** An entry that no lookup can find: its name is no handle, or not spelled as the kernel spells it. */
export interface OddEntry {
  readonly name: Buffer;
  readonly verdict: IndexNameVerdict;
  /** Number of rows that came before it in readdir order. */
  readonly position: number;
}

/** A name that begins with #. */
export interface Temporary {
  readonly name: Buffer;
  /** DT_* */
  readonly type: number;
  /** How many rows, and how many odd entries, came before it in readdir order. */
  readonly position: number;
  readonly odd: number;
}

export class IndexState implements IndexView {
  /** Where the index directory is. */
  readonly place: { readonly root: number; readonly path: Buffer };
  readonly table = new HandleTable();
  readonly odd: OddEntry[] = [];
  readonly temporaries: Temporary[] = [];
  /** Set when a lookup asked for a row that is not yet known to survive the mount. */
  unsettled = false;
  /** All rows have been verified. */
  settled = false;
  readonly #view: View;
  readonly #dir: LayerPath;
  /** Whiteouts share inodes by hard links; one look tells for all of them. */
  readonly #whiteoutInos = new Map<number, boolean>();

  readonly #hiddenLinks = new Map<number, number>();
  /** A name is at most 255 characters. */
  readonly #scratch = new Uint8Array(127);

  constructor(view: View, work: Layer) {
    this.#view = view;
    this.#dir = { layer: work, path: Buffer.from("index") };
    this.place = { root: work.fd, path: this.#dir.path };
  }

  /** Read the whole directory; 0, or the negative errno that ended it. */
  read(native: Pick<Native, "loadTable" | "placeTable">): 0 | Errno {
    const result = this.#load(native);
    this.table.seal(native);
    return result;
  }

  #load(native: Pick<Native, "loadTable">): 0 | Errno {
    const { root, path } = this.place;
    const dir = this.#view.examine(this.#dir);
    if (typeof dir === "number") return dir;
    this.table.reserve(Math.min(Math.ceil(dir.size / BYTES_AN_ENTRY), MOST_RESERVED));
    let resume = 0;
    do {
      const listing = native.loadTable(root, path, resume, BATCH, this.table.end(BATCH));
      if (typeof listing === "number") return listing;
      this.table.loaded(listing.rows, listing.used);
      this.#add(listing);
      resume = listing.resume;
    } while (resume !== 0);
    return 0;
  }

  /** What is no handle, or has a header not met before: that one is the last. */
  #add(listing: LoadedListing): void {
    let start = 0;
    for (let i = 0; i < listing.ends.length; i++) {
      const end = listing.ends[i] as number;
      const type = listing.types[i] as number;
      if (this.#isPlain(listing.names, start, end)) {
        this.table.append(this.#scratch, 0, listing.inos[i] as number, type);
        start = end;
        continue;
      }
      const name = listing.names.subarray(start, end);
      start = end;
      if (isTemporaryName(name)) {
        const position = listing.positions[i] as number;
        this.temporaries.push({ name: Buffer.from(name), type, position, odd: this.odd.length });
        continue;
      }
      this.odd.push({
        name: Buffer.from(name),
        verdict: decodeIndexName(Buffer.from(name)),
        position: listing.positions[i] as number,
      });
    }
  }

  /** Bytes behind a name that is spelled as the kernel spells it, in `#scratch`: as decodeIndexName() has it. */
  #isPlain(names: Buffer, start: number, end: number): boolean {
    const size = (end - start) >> 1;
    if ((end - start) % 2 === 1 || size < HEADER_SIZE || size > this.#scratch.length) return false;
    for (let i = 0, at = start; i < size; i++, at += 2) {
      const value =
        ((HEX_DIGITS[names[at] as number] as number) << 4) | (HEX_DIGITS[names[at + 1] as number] as number);
      if (value < 0) return false;
      this.#scratch[i] = value;
    }
    return this.#scratch[LENGTH_FIELD] === size && handleStatus(this.#scratch, 0, size) === "valid";
  }

  find(fh: Buffer): IndexHit {
    const row = this.table.find(fh, 0);
    if (row < 0) return { state: "absent" };
    if (!this.settled && !this.isProven(row)) this.unsettled = true;
    return this.hit(row);
  }

  /** What a lookup finds in this row once the mount has cleaned up. */
  hit(row: number): IndexHit {
    const flags = this.table.flags(row);
    if ((flags & REMOVED) !== 0) return { state: "absent" };
    if ((flags & TOMBSTONED) !== 0 || this.isTombstone(row)) return { state: "tombstone" };
    const typeBits = (flags & TYPE) << 12;
    return { state: "entry", ino: this.table.ino(row), typeBits, object: () => this.examine(row) };
  }

  type(row: number): number {
    return this.table.flags(row) & TYPE;
  }

  isTombstone(row: number): boolean {
    if (this.type(row) !== DT_CHR) return false;
    const ino = this.table.ino(row);
    const known = this.#whiteoutInos.get(ino);
    if (known !== undefined) return known;
    const object = this.examine(row);
    const is = typeof object !== "number" && isWhiteoutDevice(object);
    this.#whiteoutInos.set(ino, is);
    return is;
  }

  examine(row: number): RawObject | Errno {
    return this.examineName(this.name(row));
  }

  examineName(name: Buffer): RawObject | Errno {
    return this.#view.examine({ layer: this.#dir.layer, path: Buffer.concat([this.#dir.path, SLASH, name]) });
  }

  name(row: number): Buffer {
    return encodeIndexName(this.table.handle(row));
  }

  /** Known to survive the mount, which keeps every tombstone. */
  isProven(row: number): boolean {
    return (this.table.flags(row) & PROVEN) !== 0 || this.isTombstone(row);
  }

  prove(row: number): void {
    this.table.mark(row, PROVEN);
  }

  isClaimed(row: number): boolean {
    return (this.table.flags(row) & CLAIMED) !== 0;
  }

  /** `note`: the directory where the claiming upper object stands; `ino`: that object. */
  claim(row: number, note: number, ino: number): void {
    this.table.mark(row, CLAIMED);
    this.table.setNote(row, note);
    // A directory's entry is an inode of its own, of no more interest once it is known to be right.
    if (this.type(row) === DT_DIR) this.table.setIno(row, ino);
  }

  isMoved(row: number): boolean {
    return (this.table.flags(row) & MOVED) !== 0;
  }

  move(row: number): void {
    this.table.mark(row, MOVED);
  }

  isWatched(row: number): boolean {
    return (this.table.flags(row) & WATCHED) !== 0;
  }

  watch(row: number): void {
    this.table.mark(row, WATCHED);
  }

  isHidden(row: number): boolean {
    return (this.table.flags(row) & HIDDEN) !== 0;
  }

  /** How many names of a lower hard link do not show. */
  hiddenLinks(row: number): number {
    return this.#hiddenLinks.get(row) ?? 0;
  }

  /** One name of the lower object does not show; of hard links, all have to be gone. */
  hide(row: number, nlink: number): void {
    if (nlink > 1) {
      const gone = (this.#hiddenLinks.get(row) ?? 0) + 1;
      this.#hiddenLinks.set(row, gone);
      if (gone < nlink) return;
    }
    this.table.mark(row, HIDDEN);
  }

  /** An upper object claims it, in the place of the lower one, and that is all there is to say. */
  isWell(row: number): boolean {
    const flags = this.table.flags(row);
    return (flags & ~(TYPE | PROVEN)) === CLAIMED && (flags & TYPE) !== DT_CHR;
  }

  /** What the mount does to it. */
  change(row: number, action: "remove" | "tombstone"): void {
    this.table.mark(row, action === "remove" ? REMOVED : TOMBSTONED);
  }

  isGone(row: number): boolean {
    return (this.table.flags(row) & REMOVED) !== 0;
  }
}

const SLASH = Buffer.from("/");
