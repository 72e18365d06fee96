import { encodeHandle, HEADER_SIZE } from "../format/fileHandle.js";
import type { ScanReader } from "../host/scan-reader.js";
import type { Env } from "../kernel/env.js";
import type { Layer } from "../layers/types.js";

const NULL_UUID = Buffer.alloc(16);

/** Handle structures of what a scan has probed, without making a buffer for each. */
export class ScannedHandles {
  readonly #uuidOff: boolean;
  /** By layer, type and length of the filesystem's own bytes: a structure to be filled in. */
  readonly #frames = new Map<string, Buffer>();
  #lastLayer: Layer | null = null;
  #lastKey = -1;
  #last: Buffer = NULL_UUID;

  constructor(env: Env) {
    this.#uuidOff = env.options.uuid === "off";
  }

  /** Of the reader's current probe, an object of `layer`. Good until the next call; null: it has no handle. */
  ofProbe(r: ScanReader, layer: Layer): Buffer | null {
    const length = r.probeHandleEnd - r.probeHandleStart;
    if (length === 0) return null;
    const frame = this.#frame(layer, r.probeHandleType, length);
    for (let i = 0; i < length; i++) frame[HEADER_SIZE + i] = r.bytes[r.probeHandleStart + i] as number;
    return frame;
  }

  #frame(layer: Layer, type: number, length: number): Buffer {
    const key = type * 256 + length;
    if (layer === this.#lastLayer && key === this.#lastKey) return this.#last;
    const name = `${layer.index}/${key}`;
    let frame = this.#frames.get(name);
    if (frame === undefined) {
      const uuid = this.#uuidOff ? NULL_UUID : layer.fs.uuid;
      frame = encodeHandle({ type, uuid, fid: Buffer.alloc(length), upper: layer.index === 0 });
      this.#frames.set(name, frame);
    }
    this.#lastLayer = layer;
    this.#lastKey = key;
    this.#last = frame;
    return frame;
  }
}
