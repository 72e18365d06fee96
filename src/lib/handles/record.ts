/**
 * The file that `handles save` writes: JSON, a line for each record, so that it can be written and read as a stream
 * and searched with line tools. docs/handles-file.md describes it for other programs.
 *
 *     {"schema":"ovl-index/handles/1", …}                     what it is of
 *     {"path":"a/b","type":"f","handle":"f8:000000000000…"}   an object a line
 *     {"records":2,"sha256":"…"}                              nothing is missing, nothing was changed
 */
import { S_IFMT } from "../format/fileType.js";
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

/** A file that is not what verify can read. `usage`: it is not, or not of a version known here. */
export class HandlesFileError extends Error {
  constructor(
    message: string,
    readonly usage: boolean,
  ) {
    super(message);
  }
}

/** The values of a line, in the order in which they are written. */
export type Fields = Readonly<Record<string, unknown>>;

export function headerFields({ from, saved, tool, content, roots }: HandlesHeader): Fields {
  const told = roots.map((fh) => fh.toString("hex"));
  return { schema: HANDLES_SCHEMA, tool, saved, from, content, roots: told };
}

export function recordFields({ path, type, wire, sample }: HandleRecord): Fields {
  return {
    ...(isUtf8(path) ? { path: path.toString("utf8") } : { pathHex: path.toString("hex") }),
    type,
    handle: `${wire.type.toString(16)}:${wire.bytes.toString("hex")}`,
    ...(sample === null ? {} : { sample }),
  };
}

/** `number`: of the line, from 1 on. @throws HandlesFileError */
export function parseLine(line: Buffer, number: number): Fields {
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

/** @throws HandlesFileError */
export function parseHeader(line: Buffer): HandlesHeader {
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
export const TYPE_LETTERS = "fdlpscb";

/** @throws HandlesFileError */
export function toRecord(value: Fields, number: number): HandleRecord {
  const { path, pathHex, type, handle, sample } = value;
  const bytes =
    typeof path === "string" ? Buffer.from(path) : isHex(pathHex) ? Buffer.from(pathHex, "hex") : null;
  const colon = typeof handle === "string" ? handle.indexOf(":") : -1;
  if (
    bytes === null ||
    typeof type !== "string" ||
    type.length !== 1 ||
    !TYPE_LETTERS.includes(type) ||
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
