/**
 * Takes the handle out of a record that is spelled as HandlesWriter spells it, without parsing JSON: a client's
 * handles may be a million. A quote inside of a JSON string has a backslash before it, so what is looked for stands
 * in no path.
 */
import { HEX_DIGITS } from "../format/hexDigits.js";
import { TYPE_LETTERS } from "./record.js";

const BEGIN = Buffer.from('{"path');
const TYPE = Buffer.from('","type":"');
const HANDLE = Buffer.from('","handle":"');
const SAMPLE = Buffer.from('","sample":"');
const END = Buffer.from('"}');
const COLON = 0x3a;
const QUOTE = 0x22;
/** MAX_HANDLE_SZ */
const LONGEST = 128;
/** A handle's type is one byte. */
const TYPE_DIGITS = 2;

const LETTERS: ReadonlySet<number> = new Set(Buffer.from(TYPE_LETTERS));

export class RecordScanner {
  /** Of the record that was read: handle type and bytes, `length` of them. */
  type = 0;
  readonly bytes = new Uint8Array(LONGEST);
  length = 0;

  /** False where the line (its end not included) is spelled in any other way. */
  read(line: Buffer, start: number, end: number): boolean {
    const at = line.indexOf(HANDLE, start);
    if (at < 0 || at >= end || !LETTERS.has(line[at - 1] as number)) return false;
    if (!standsAt(line, start, BEGIN) || !standsAt(line, at - 1 - TYPE.length, TYPE)) return false;
    const quote = this.#handle(line, at + HANDLE.length);
    if (quote < 0) return false;
    const isLast = quote === end - END.length || standsAt(line, quote, SAMPLE);
    return isLast && standsAt(line, end - END.length, END);
  }

  /** Where the quote behind `type:bytes` stands; -1: it is spelled otherwise. */
  #handle(line: Buffer, start: number): number {
    let type = 0;
    let at = start;
    for (; line[at] !== COLON; at++) {
      const digit = HEX_DIGITS[line[at] as number] as number;
      if (digit < 0 || at - start === TYPE_DIGITS) return -1;
      type = type * 16 + digit;
    }
    if (at === start) return -1;
    let length = 0;
    for (at++; line[at] !== QUOTE; at += 2) {
      const high = HEX_DIGITS[line[at] as number] as number;
      const low = HEX_DIGITS[line[at + 1] as number] as number;
      if ((high | low) < 0 || length === LONGEST) return -1;
      this.bytes[length++] = (high << 4) | low;
    }
    this.type = type;
    this.length = length;
    return at;
  }
}

function standsAt(line: Buffer, at: number, what: Buffer): boolean {
  for (let i = 0; i < what.length; i++) if (line[at + i] !== what[i]) return false;
  return true;
}
