/** The lower object beside an upper one of the same name, as the scan found it. */
import { encodeHandle, FLAG_UPPER } from "../format/fileHandle.js";
import { S_IFCHR, S_IFMT } from "../format/fileType.js";
import type { ScanReader } from "../host/scan-reader.js";
import type { Env, LayerPath } from "../kernel/env.js";
import { join } from "../kernel/path.js";
import type { Layer } from "../layers/types.js";
import type { HandleTable } from "./handle-table.js";
import type { Home } from "./merged.js";

const NULL_UUID = Buffer.alloc(16);
const HEADER = 21;
/** Of a handle structure. */
const LONGEST = HEADER + 128;
/** Where the flags are in a handle structure. */
const FLAGS = 3;
/** Bit of ScanReader.originProbes. */
const TARGET = 31;

/** The first bytes of a handle structure. */
interface Header {
  readonly bytes: Buffer;
  /** All but the last of them. */
  readonly words: Uint32Array;
  readonly last: number;
}

function wordsOf(bytes: Buffer): Header {
  return {
    bytes,
    words: new Uint32Array(new Uint8Array(bytes.subarray(0, 20)).buffer),
    last: bytes[20] as number,
  };
}

/** Compares stored origins with encoded handles without making a buffer for each. */
export class HandleMatcher {
  readonly #uuidOff: boolean;
  readonly #headers = new Map<string, Header>();
  #lastKey = -1;
  #lastLayer: Layer | null = null;
  #last: Header = wordsOf(Buffer.alloc(HEADER));
  readonly #scratch = new Uint8Array(LONGEST);

  constructor(env: Env) {
    this.#uuidOff = env.options.uuid === "off";
  }

  /** Does the origin of the reader's entry name the object of its current probe, which is number `probe`? */
  matches(r: ScanReader, probe: number, layer: Layer): boolean {
    return probe < TARGET ? this.#matches(r, probe, layer) : this.#sameBytes(r, layer);
  }

  /** The same for where its redirect leads. */
  matchesTarget(r: ScanReader, layer: Layer): boolean {
    return this.#matches(r, TARGET, layer);
  }

  #matches(r: ScanReader, bit: number, layer: Layer): boolean {
    if (((r.originProbes >>> bit) & 1) === 0) return false;
    const header = this.#header(layer, r.probeHandleType, r.probeHandleEnd - r.probeHandleStart);
    return r.originBeginsWith(header.words, header.last);
  }

  /** Beyond what the scan compared. */
  #sameBytes(r: ScanReader, layer: Layer): boolean {
    const fh = this.probeFh(r, layer);
    return fh !== null && r.bytes.subarray(r.originStart, r.originEnd).equals(fh);
  }

  /** The handle structure of the reader's current probe. */
  probeFh(r: ScanReader, layer: Layer): Buffer | null {
    const length = r.probeHandleEnd - r.probeHandleStart;
    if (length === 0) return null;
    const header = this.#header(layer, r.probeHandleType, length);
    return Buffer.concat([header.bytes, r.bytes.subarray(r.probeHandleStart, r.probeHandleEnd)]);
  }

  /** The row that the table has for the object of the reader's current probe; -1: none. */
  probeRow(r: ScanReader, layer: Layer, table: HandleTable): number {
    const length = r.probeHandleEnd - r.probeHandleStart;
    if (length === 0) return -1;
    this.#scratch.set(this.#header(layer, r.probeHandleType, length).bytes);
    for (let i = 0; i < length; i++) this.#scratch[HEADER + i] = r.bytes[r.probeHandleStart + i] as number;
    return table.find(this.#scratch, 0);
  }

  /**
   * The handle structure of the reader's entry itself, an object of `layer`, of which the scan has told the handle; null:
   * it has none. Good until the next call.
   */
  ownFh(r: ScanReader, layer: Layer): Uint8Array | null {
    const length = r.handleEnd - r.handleStart;
    if (length === 0) return null;
    const fh = this.#scratch;
    fh.set(this.#header(layer, r.handleType, length).bytes);
    if (layer.index === 0) fh[FLAGS] = (fh[FLAGS] as number) | FLAG_UPPER;
    for (let i = 0; i < length; i++) fh[HEADER + i] = r.bytes[r.handleStart + i] as number;
    return fh;
  }

  /** Does the index entry of the reader's directory, one of the upper layer, name that directory? */
  indexUpperMatches(r: ScanReader, layer: Layer): boolean {
    const length = r.handleEnd - r.handleStart;
    if (length === 0 || r.indexUpperEnd - r.indexUpperStart !== HEADER + length) return false;
    const header = this.#header(layer, r.handleType, length).bytes;
    const bytes = r.bytes;
    const at = r.indexUpperStart;
    for (let i = 0; i < HEADER; i++) {
      const expected = header[i] as number;
      if (bytes[at + i] !== (i === FLAGS ? expected | FLAG_UPPER : expected)) return false;
    }
    for (let i = 0; i < length; i++) if (bytes[r.handleStart + i] !== bytes[at + HEADER + i]) return false;
    return true;
  }

  #uuid(layer: Layer): Buffer {
    return this.#uuidOff ? NULL_UUID : layer.fs.uuid;
  }

  #header(layer: Layer, type: number, length: number): Header {
    const key = type * 256 + length;
    if (key === this.#lastKey && layer === this.#lastLayer) return this.#last;
    const name = `${layer.index}/${key}`;
    let header = this.#headers.get(name);
    if (header === undefined) {
      const fid = Buffer.alloc(length);
      header = wordsOf(
        encodeHandle({ type, uuid: this.#uuid(layer), fid, upper: false }).subarray(0, HEADER),
      );
      this.#headers.set(name, header);
    }
    this.#lastKey = key;
    this.#lastLayer = layer;
    this.#last = header;
    return header;
  }
}

/**
 * Moves the reader to the topmost probe from `from` on that stands there, and
 * returns its number; -1 where nothing does, or a whiteout covers it. `failed` is told of what cannot be read.
 */
export function topmostProbe(
  r: ScanReader,
  from: number,
  count: number,
  failed: (k: number, errno: number) => void,
): number {
  for (let k = from; k < count; k++) {
    const status = r.probe(k);
    if (status === 0) return (r.probeMode & S_IFMT) === S_IFCHR && r.probeRdev === 0 ? -1 : k;
    if (status !== -2 && status !== -36) failed(k, status);
  }
  return -1;
}

/** Of the object that the reader's current probe is at, in directory `place`. */
export function homeAt(r: ScanReader, matcher: HandleMatcher, place: LayerPath, name: Buffer): Home {
  return {
    layer: place.layer,
    path: join(place.path, name),
    mode: r.probeMode,
    ino: r.probeIno,
    nlink: r.probeNlink,
    fh: matcher.probeFh(r, place.layer),
  };
}
