/** Reads a file of handles as a stream: see record.ts. First as a whole, then what is wanted of it. */
import { createHash, type Hash } from "node:crypto";
import { errnoName, HostError } from "../host/errno.js";
import { type Lines, linesOf } from "../host/line-file.js";
import {
  type Fields,
  type HandleRecord,
  HandlesFileError,
  type HandlesHeader,
  parseHeader,
  parseLine,
  toRecord,
} from "./record.js";
import { RecordScanner } from "./record-scanner.js";

const NEWLINE = 0x0a;

/** The header alone. @throws HandlesFileError */
export function readHeader(path: Buffer): HandlesHeader {
  for (const line of eachLine(path)) return parseHeader(line);
  throw empty();
}

/**
 * The handle of each record in order, without making an object for it; at the end what was read is compared with
 * the last line. Returns the number of records.
 * @param take gets the handle's type, and its bytes in `bytes[0…length]`, which are good until the next.
 * @throws HandlesFileError, after handles of a file that was cut off or changed may have been given.
 */
export function readHandles(
  path: Buffer,
  take: (type: number, bytes: Uint8Array, length: number) => void,
): number {
  const hash = createHash("sha256");
  const scanner = new RecordScanner();
  let number = 0;
  let whole = false;
  for (const { bytes, ended } of pieces(path)) {
    let end = 0;
    for (let start = 0; start < bytes.length; start = end + 1) {
      number++;
      if (whole) throw new HandlesFileError(`line ${number}: something follows the end`, false);
      if (!ended) throw cutOff();
      end = bytes.indexOf(NEWLINE, start);
      if (number === 1) {
        parseHeader(bytes.subarray(start, end));
      } else if (scanner.read(bytes, start, end)) {
        take(scanner.type, scanner.bytes, scanner.length);
      } else {
        const value = parseLine(bytes.subarray(start, end), number);
        if ("records" in value) {
          checkEnd(value, number - 2, hash.update(bytes.subarray(0, start)));
          whole = true;
        } else {
          const { wire } = toRecord(value, number);
          take(wire.type, wire.bytes, wire.bytes.length);
        }
      }
    }
    if (!whole) hash.update(bytes);
  }
  if (number === 0) throw empty();
  if (!whole) throw cutOff();
  return number - 2;
}

/** Of a file that has been read as a whole: the records for whose number, from 0 on, `wanted` says so; it is asked in order. */
export function* readRecords(
  path: Buffer,
  wanted: (number: number) => boolean = () => true,
): Generator<{ readonly record: HandleRecord; readonly number: number }> {
  let number = -1;
  for (const line of eachLine(path)) {
    if (number >= 0 && wanted(number)) {
      const value = parseLine(line, number + 2);
      if ("records" in value) return;
      yield { record: toRecord(value, number + 2), number };
    }
    number++;
  }
}

function* eachLine(path: Buffer): Generator<Buffer> {
  for (const { bytes, ended } of pieces(path)) {
    for (let start = 0, end = 0; start < bytes.length; start = end + 1) {
      end = ended ? bytes.indexOf(NEWLINE, start) : bytes.length;
      yield bytes.subarray(start, end);
    }
  }
}

function* pieces(path: Buffer): Generator<Lines> {
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
