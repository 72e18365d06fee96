/** Writes a file of handles: see record.ts. */
import { createHash, type Hash } from "node:crypto";
import type { WholeFile } from "../host/line-file.js";
import type { Errno } from "../host/native.js";
import { type Fields, type HandleRecord, type HandlesHeader, headerFields, recordFields } from "./record.js";

export class HandlesWriter {
  readonly #file: WholeFile;
  readonly #replace: boolean;
  readonly #hash: Hash = createHash("sha256");
  #records = 0;

  constructor(file: WholeFile, replace: boolean, header: HandlesHeader) {
    this.#file = file;
    this.#replace = replace;
    this.#line(headerFields(header));
  }

  get records(): number {
    return this.#records;
  }

  add(record: HandleRecord): void {
    this.#records++;
    this.#line(recordFields(record));
  }

  /** 0, or the negative errno. */
  commit(): 0 | Errno {
    const sha256 = this.#hash.digest("hex");
    this.#file.write(Buffer.from(`${JSON.stringify({ records: this.#records, sha256 })}\n`));
    return this.#file.commit(this.#replace);
  }

  #line(value: Fields): void {
    const line = Buffer.from(`${JSON.stringify(value)}\n`);
    this.#hash.update(line);
    this.#file.write(line);
  }
}
