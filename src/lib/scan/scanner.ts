/**
 * Reads directories of layers in parallel, a few batches at a time. The
 * newest directory goes first, so that what waits stays small however wide the tree is.
 */
import { finishListing } from "../host/listing.js";
import type { Native, ScanJob, ScanOptions } from "../host/native.js";
import { PackedScanReader } from "../host/packed-scan-reader.js";
import type { ScanReader } from "../host/scan-reader.js";

/** Directories a thread reads before it answers: enough that handing over does not count. */
const BATCH = 32;
/** Batches under way: the pool's threads wait for the disk, this one thread judges what they bring. */
const PARALLEL = 4;
/** Bytes of an answer, after which what remains of a directory has to wait. */
const PART = 1 << 20;
/** The answer of a batch of usual directories. */
const ANSWER = 1 << 18;

/** A directory to read; few wait as jobs, since there may be many of them. */
interface Waiting<T> {
  readonly context: T;
  readonly resume: number;
}

export class Scanner<T> {
  readonly #native: Native;
  readonly #options: ScanOptions;
  readonly #describe: (context: T) => Omit<ScanJob, "resume">;
  readonly #handle: (context: T, reader: ScanReader) => void;
  readonly #waiting: Waiting<T>[] = [];
  /** Answers that have been read: memory for the next ones. */
  readonly #spare: Buffer[] = [];

  /**
   * `describe` tells what is to be read for a context; `handle` gets each part of the
   * directory, and may push more of them.
   */
  constructor(
    native: Native,
    options: ScanOptions,
    describe: (context: T) => Omit<ScanJob, "resume">,
    handle: (context: T, reader: ScanReader) => void,
  ) {
    this.#native = native;
    this.#options = options;
    this.#describe = describe;
    this.#handle = handle;
  }

  push(context: T): void {
    this.#waiting.push({ context, resume: 0 });
  }

  /**
   * Resolves when no directory is left. Rejects with the first error, but not before every batch has ended and
   * every listing been given back: whoever waits may close the layers then.
   */
  async drain(): Promise<void> {
    const running = new Set<Promise<void>>();
    let failure: { readonly error: unknown } | null = null;
    while (running.size > 0 || (failure === null && this.#waiting.length > 0)) {
      while (failure === null && this.#waiting.length > 0 && running.size < PARALLEL) {
        const batch = this.#waiting.splice(-BATCH);
        const done: Promise<void> = this.#read(batch)
          .catch((error: unknown) => {
            failure ??= { error };
          })
          .finally(() => running.delete(done));
        running.add(done);
      }
      await Promise.race(running);
    }
    const failed = failure as { readonly error: unknown } | null;
    if (failed === null) return;
    for (const { resume } of this.#waiting.splice(0)) finishListing(this.#native, resume);
    throw failed.error;
  }

  async #read(batch: readonly Waiting<T>[]): Promise<void> {
    const jobs = batch.map(({ context, resume }) => ({ ...this.#describe(context), resume }));
    const into = this.#spare.pop() ?? Buffer.from(new ArrayBuffer(ANSWER));
    const options = { partBytes: PART, ...this.#options, into };
    const answer = await this.#native.scan(jobs, options).catch((error: unknown) => {
      for (const { resume } of jobs) finishListing(this.#native, resume);
      throw error;
    });
    const reader = new PackedScanReader(answer);
    let failure: { readonly error: unknown } | null = null;
    while (reader.nextPart()) {
      const { context } = batch[reader.job] as Waiting<T>;
      if (reader.resume !== 0) this.#waiting.push({ context, resume: reader.resume });
      try {
        // After an error the rest is gone through for its listings only.
        if (failure === null) this.#handle(context, reader);
      } catch (error) {
        failure = { error };
      }
    }
    this.#spare.push(answer);
    if (failure !== null) throw failure.error;
  }
}
