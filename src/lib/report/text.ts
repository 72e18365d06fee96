/** Bytes and long lines as text for a terminal. */
import { columnsOf } from "./columns.js";

/**
 * Characters that move the cursor, reorder text or are invisible: C0, DEL, C1, soft hyphen,
 * zero-width and bidirectional controls, line separators, BOM. A name must not be able to
 * forge a line of the report.
 */
const UNSAFE = /[\p{Cc}\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;

function hexByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

function escapeCharacter(character: string): string {
  return [...Buffer.from(character)].map(hexByte).join("");
}

/** Make text that came from a name safe to print; the backslash itself is left alone. */
export function safeText(text: string): string {
  return text.replace(UNSAFE, escapeCharacter);
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** True where the bytes are UTF-8. */
export function isUtf8(bytes: Buffer): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Bytes as text with U+FFFD for what is not UTF-8. */
export function lossyText(bytes: Buffer): string {
  return bytes.toString("utf8");
}

/**
 * Bytes of a path for a person: UTF-8 as it is, the backslash doubled, controls and
 * bytes that are not UTF-8 as \xNN. The empty path is the root, ".".
 */
export function showPath(path: Buffer): string {
  if (path.length === 0) return ".";
  if (isUtf8(path)) return safeText(path.toString("utf8").replaceAll("\\", "\\\\"));
  // latin1 keeps one character a byte; runs of valid UTF-8 are kept, the rest is escaped.
  return path.toString("latin1").replace(/[\x80-\xff]+|\\|[^\x80-\xff\\]+/g, (run) => {
    if (run === "\\") return "\\\\";
    const bytes = Buffer.from(run, "latin1");
    return isUtf8(bytes) ? safeText(bytes.toString("utf8")) : [...bytes].map(hexByte).join("");
  });
}

/** Quote a word for a POSIX shell, only where needed. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The same for bytes: what a terminal would not show as it is becomes \xNN inside of $'…'. */
export function shellBytes(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  if (isUtf8(bytes) && safeText(text) === text) return shellWord(text);
  // latin1 keeps one character a byte.
  const quoted = bytes
    .toString("latin1")
    .replace(/[\\']|[^ -~]/g, (c) => (/[\\']/.test(c) ? `\\${c}` : hexByte(c.charCodeAt(0))));
  return `$'${quoted}'`;
}

/**
 * Break text at spaces so that no line is wider than `width`, as far as words allow.
 * Continuation lines begin with `indent` spaces. Colour takes no room.
 */
export function wrap(text: string, width: number, indent = 0): string[] {
  const lines: string[] = [];
  let line = /^ */.exec(text)?.[0] ?? "";
  let columns = line.length;
  let empty = true;
  for (const word of text.slice(line.length).split(" ")) {
    const size = columnsOf(word);
    if (!empty && columns + 1 + size > width) {
      lines.push(line.trimEnd());
      line = " ".repeat(indent);
      columns = indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    columns += empty ? size : size + 1;
    empty = false;
  }
  lines.push(line);
  return lines;
}

/** `wrap` for a line that goes to a stream: only a terminal has a width, and who reads a pipe wants one line. */
export function fitted(
  text: string,
  { isTTY, columns }: { readonly isTTY?: boolean; readonly columns?: number },
  indent: number,
): string[] {
  // 0: a terminal that has no size.
  return isTTY === true && columns ? wrap(text, columns, indent) : [text];
}

/** A time in ISO 8601, UTC, for a person: "2026-11-23 12:20:14 UTC". */
export function timeText(iso: string): string {
  return `${iso.slice(0, 19).replace("T", " ")} UTC`;
}

/** "97,412". */
export function number(value: number): string {
  return value.toLocaleString("en-US");
}

/** "1 name", "97,412 names". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

export function* endLines(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}
