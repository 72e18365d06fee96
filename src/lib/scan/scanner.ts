/**
 * Reads directories of layers in parallel, a few batches at a time. The
 * newest directory goes first, so that what waits stays small however wide the tree is.
 */
import type { Native, ScanJob, ScanOptions } from "../host/native.js";
import { PackedScanReader } from "../host/packed-scan-reader.js";
import type { ScanReader } from "../host/scan-reader.js";

/** Directories a thread reads before it answers: enough that handing over does not count. */
const BATCH = 32;
/** Batches under way: the pool's threads wait for the disk, this one thread judges what they bring. */
const PARALLEL = 3;

interface Waiting<T> {
  readonly job: ScanJob;
  readonly context: T;
}

export class Scanner<T> {
  readonly #native: Native;
  readonly #options: ScanOptions;
  readonly #handle: (context: T, reader: ScanReader) => void;
  readonly #waiting: Waiting<T>[] = [];

  /** `handle` gets each part of each directory; it may push more directories. */
  constructor(native: Native, options: ScanOptions, handle: (context: T, reader: ScanReader) => void) {
    this.#native = native;
    this.#options = options;
    this.#handle = handle;
  }

  push(job: Omit<ScanJob, "resume">, context: T): void {
    this.#waiting.push({ job: { ...job, resume: 0 }, context });
  }

  /** Resolves when no directory is left. */
  async drain(): Promise<void> {
    const running = new Set<Promise<void>>();
    while (this.#waiting.length > 0 || running.size > 0) {
      while (this.#waiting.length > 0 && running.size < PARALLEL) {
        const batch = this.#waiting.splice(-BATCH);
        const done: Promise<void> = this.#read(batch).finally(() => running.delete(done));
        running.add(done);
      }
      await Promise.race(running);
    }
  }

  async #read(batch: readonly Waiting<T>[]): Promise<void> {
    const answer = await this.#native.scan(
      batch.map((w) => w.job),
      this.#options,
    );
    const reader = new PackedScanReader(answer);
    while (reader.nextPart()) {
      const { job, context } = batch[reader.job] as Waiting<T>;
      if (reader.resume !== 0) this.#waiting.push({ job: { ...job, resume: reader.resume }, context });
      this.#handle(context, reader);
    }
  }
}
