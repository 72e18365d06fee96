/** A client without a network: what an NFS server does for its clients, done by its system calls. */
import { errnoName } from "../host/errno.js";
import { handleOf, readByHandle, writeByHandle } from "../host/handle-io.js";
import type { RawHandle } from "../host/native.js";
import { readText } from "../host/scratch.js";
import type { Answer, Client } from "./client.js";
import { StageError } from "./stage.js";

export class LocalClient implements Client<RawHandle> {
  readonly #root: Buffer;

  constructor(private readonly merged: string) {
    this.#root = Buffer.from(merged);
  }

  calls(errno: string): string {
    return errno;
  }

  async begin(): Promise<void> {
    // Nothing to connect to.
  }

  async end(): Promise<void> {
    // Nothing is held open.
  }

  /** name_to_handle_at(2), as the server does it for a LOOKUP. */
  async handleOf(name: string): Promise<RawHandle> {
    const handle = handleOf(this.#root, Buffer.from(name));
    if (typeof handle === "number") throw new StageError(`no handle of ${name}: ${errnoName(handle)}`);
    return handle;
  }

  async readByName(name: string): Promise<Answer> {
    return readText(`${this.merged}/${name}`);
  }

  /** open_by_handle_at(2). */
  async read(handle: RawHandle): Promise<Answer> {
    const read = readByHandle(this.#root, handle);
    return typeof read === "number" ? { errno: errnoName(read) } : { text: read.toString("utf8") };
  }

  async write(handle: RawHandle, text: string): Promise<string | null> {
    const written = writeByHandle(this.#root, handle, text);
    return written === 0 ? null : errnoName(written);
  }
}
