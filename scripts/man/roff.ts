/** Text as roff, with the macros of man(7). */
import { wrap } from "../../src/lib/report/index.js";

const WIDTH = 78;

/** Text within a line. A hyphen may be copied into a shell, so that it stays one. */
export function roff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/[^\n -~]/gu, (character) => `\\[u${codePoint(character)}]`);
}

function codePoint(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

/** A line as it is: a control character at its start would be a macro. */
function line(text: string): string {
  const escaped = roff(text);
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

/** Running text, in lines that a diff can show. */
export function running(text: string): string[] {
  return wrap(text, WIDTH).map(line);
}

export function bold(text: string): string {
  return `\\fB${roff(text)}\\fR`;
}

export function italic(text: string): string {
  return `\\fI${roff(text)}\\fR`;
}

export function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`.SH ${title}`, ...lines];
}

/** A term, which is roff already, and what it means. */
export function item(term: string, meaning: string): string[] {
  return [".TP", term, ...running(meaning)];
}

/** Paragraphs, with space between them. */
export function paragraphs(texts: readonly string[]): string[] {
  return texts.flatMap((text, i) => (i === 0 ? running(text) : [".PP", ...running(text)]));
}

/** Lines as they are typed. */
export function literal(lines: readonly string[]): string[] {
  return [".PP", ".in +4n", ".nf", ...lines.map(line), ".fi", ".in"];
}
