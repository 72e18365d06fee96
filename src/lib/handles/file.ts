/**
 * The file that `handles save` writes: JSON, a line for each record, so that it can be written and read as a stream
 * and searched with line tools. docs/handles-file.md describes it for other programs.
 *
 *     {"schema":"ovl-index/handles/1", …}                     what it is of
 *     {"path":"a/b","type":"f","handle":"f8:000000000000…"}   an object a line
 *     {"records":2,"sha256":"…"}                              nothing is missing, nothing was changed
 */
import { createHash, type Hash } from "node:crypto";
import { S_IFMT } from "../format/fileType.js";
import { errnoName, HostError } from "../host/errno.js";
import { type Line, linesOf, type WholeFile } from "../host/line-file.js";
import type { Errno } from "../host/native.js";
import { isUtf8 } from "../report/text.js";

export const HANDLES_SCHEMA = "ovl-index/handles/1";
const SCHEMA_NAME = "ovl-index/handles/";

/** As find(1) names types. */
export type TypeLetter = "f" | "d" | "l" | "p" | "s" | "c" | "b";

export interface HandlesHeader {
  /** Who asked for the handles: "layers", by the kernel's rules, or "mount", the kernel itself. */
  readonly from: "layers" | "mount";
  /** When, ISO 8601, UTC. */
  readonly saved: string;
  readonly tool: string;
  /** Of each layer root, upper first: its handle structure. Empty where only a mount was asked. */
  readonly roots: readonly Buffer[];
  /** Records of regular files have a sample of the content. */
  readonly content: boolean;
}

export interface HandleRecord {
  /** From the overlay's root; empty for the root itself. */
  readonly path: Buffer;
  readonly type: TypeLetter;
  /** As name_to_handle_at(2) on the overlay gives it. */
  readonly wire: { readonly type: number; readonly bytes: Buffer };
  /** Of a regular file; see sampleOf(). Null where none was taken. */
  readonly sample: string | null;
}

export class HandlesWriter {
  readonly #file: WholeFile;
  readonly #replace: boolean;
  readonly #hash: Hash = createHash("sha256");
  #records = 0;

  constructor(file: WholeFile, replace: boolean, header: HandlesHeader) {
    this.#file = file;
    this.#replace = replace;
    const { from, saved, tool, roots, content } = header;
    const told = roots.map((fh) => fh.toString("hex"));
    this.#line({ schema: HANDLES_SCHEMA, tool, saved, from, content, roots: told });
  }

  get records(): number {
    return this.#records;
  }

  add({ path, type, wire, sample }: HandleRecord): void {
    this.#records++;
    this.#line({
      ...(isUtf8(path) ? { path: path.toString("utf8") } : { pathHex: path.toString("hex") }),
      type,
      handle: `${wire.type.toString(16)}:${wire.bytes.toString("hex")}`,
      ...(sample === null ? {} : { sample }),
    });
  }

  /** 0, or the negative errno. */
  commit(): 0 | Errno {
    const sha256 = this.#hash.digest("hex");
    this.#file.write(Buffer.from(`${JSON.stringify({ records: this.#records, sha256 })}\n`));
    return this.#file.commit(this.#replace);
  }

  #line(value: object): void {
    const line = Buffer.from(`${JSON.stringify(value)}\n`);
    this.#hash.update(line);
    this.#file.write(line);
  }
}

/** A file that is not what verify can read. `usage`: it is not, or not of a version known here. */
export class HandlesFileError extends Error {
  constructor(
    message: string,
    readonly usage: boolean,
  ) {
    super(message);
  }
}

const NEWLINE = Buffer.from("\n");

/** The header alone. @throws HandlesFileError */
export function readHeader(path: Buffer): HandlesHeader {
  for (const { bytes } of lines(path)) return parseHeader(bytes);
  throw empty();
}

/**
 * Each record, in order; at the end it is compared with what came before.
 * @throws HandlesFileError, after records of a file that was cut off or changed may have been given.
 */
export function* readRecords(path: Buffer): Generator<HandleRecord> {
  const hash = createHash("sha256");
  let number = 0;
  let whole = false;
  for (const { bytes, ended } of lines(path)) {
    number++;
    if (whole) throw new HandlesFileError(`line ${number}: something follows the end`, false);
    if (!ended) throw cutOff();
    if (number === 1) parseHeader(bytes);
    else {
      const value = parseLine(bytes, number);
      if ("records" in value) {
        checkEnd(value, number - 2, hash);
        whole = true;
        continue;
      }
      yield toRecord(value, number);
    }
    hash.update(bytes);
    hash.update(NEWLINE);
  }
  if (number === 0) throw empty();
  if (!whole) throw cutOff();
}

/** Of a file that has been read as a whole: only the records with these numbers, for which `wanted` is asked in order. */
export function* readSome(
  path: Buffer,
  wanted: (number: number) => boolean,
): Generator<{ readonly record: HandleRecord; readonly number: number }> {
  let number = -1;
  for (const { bytes } of lines(path)) {
    if (number >= 0 && wanted(number)) {
      const value = parseLine(bytes, number + 2);
      if ("records" in value) return;
      yield { record: toRecord(value, number + 2), number };
    }
    number++;
  }
}

function* lines(path: Buffer): Generator<Line> {
  try {
    yield* linesOf(path);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new HandlesFileError(errnoName(error.errno), true);
  }
}

function empty(): HandlesFileError {
  return new HandlesFileError("it is empty", true);
}

function cutOff(): HandlesFileError {
  return new HandlesFileError("it is cut off: its last line is missing", false);
}

function checkEnd(value: Fields, records: number, hash: Hash): void {
  if (value["records"] !== records || value["sha256"] !== hash.digest("hex"))
    throw new HandlesFileError("it is damaged: its last line is not the sum of what comes before", false);
}

type Fields = Readonly<Record<string, unknown>>;

function parseLine(line: Buffer, number: number): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line.toString("utf8"));
  } catch {
    throw new HandlesFileError(`line ${number} is damaged`, false);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new HandlesFileError(`line ${number} is damaged`, false);
  return value as Fields;
}

function parseHeader(line: Buffer): HandlesHeader {
  let value: Fields;
  try {
    value = parseLine(line, 1);
  } catch {
    throw new HandlesFileError("it is no file of handles", true);
  }
  const schema = value["schema"];
  if (typeof schema !== "string" || !schema.startsWith(SCHEMA_NAME))
    throw new HandlesFileError("it is no file of handles", true);
  if (schema !== HANDLES_SCHEMA)
    throw new HandlesFileError(`it is of version ${schema}, and this is for ${HANDLES_SCHEMA}`, true);
  const { from, saved, tool, content, roots } = value;
  if (
    (from !== "layers" && from !== "mount") ||
    typeof saved !== "string" ||
    typeof tool !== "string" ||
    typeof content !== "boolean" ||
    !Array.isArray(roots) ||
    !roots.every(isHex)
  )
    throw new HandlesFileError("line 1 is damaged", false);
  return { from, saved, tool, content, roots: roots.map((fh) => Buffer.from(fh, "hex")) };
}

const isHex = (value: unknown): value is string =>
  typeof value === "string" && /^([0-9a-f]{2})*$/.test(value);
const TYPES = "fdlpscb";

function toRecord(value: Fields, number: number): HandleRecord {
  const { path, pathHex, type, handle, sample } = value;
  const bytes =
    typeof path === "string" ? Buffer.from(path) : isHex(pathHex) ? Buffer.from(pathHex, "hex") : null;
  const colon = typeof handle === "string" ? handle.indexOf(":") : -1;
  if (
    bytes === null ||
    typeof type !== "string" ||
    type.length !== 1 ||
    !TYPES.includes(type) ||
    typeof handle !== "string" ||
    colon < 1 ||
    !(sample === undefined || typeof sample === "string")
  )
    throw new HandlesFileError(`line ${number} is damaged`, false);
  return {
    path: bytes,
    type: type as TypeLetter,
    wire: {
      type: Number.parseInt(handle.slice(0, colon), 16),
      bytes: Buffer.from(handle.slice(colon + 1), "hex"),
    },
    sample: sample ?? null,
  };
}

const LETTERS: ReadonlyMap<number, TypeLetter> = new Map([
  [0o100000, "f"],
  [0o040000, "d"],
  [0o120000, "l"],
  [0o010000, "p"],
  [0o140000, "s"],
  [0o020000, "c"],
  [0o060000, "b"],
]);

/** The letter of a st_mode. */
export function typeLetter(mode: number): TypeLetter {
  return LETTERS.get(mode & S_IFMT) ?? "f";
}
