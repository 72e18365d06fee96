/** HTML as values: text is escaped unless it has been made here. */
import { number } from "../report/text.js";

/** Text that is HTML already. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Content = Markup | string | number | null | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text inside of an element or of a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

function render(content: Content): string {
  if (content === null) return "";
  if (content instanceof Markup) return content.text;
  if (typeof content === "string") return escapeHtml(content);
  if (typeof content === "number") return String(content);
  return content.map(render).join("");
}

/** A template of HTML; null is nothing, a list is one after the other. */
export function html(pieces: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(
    pieces.map((piece, i) => (i < contents.length ? piece + render(contents[i] ?? null) : piece)).join(""),
  );
}

/** Characters of a name that are shown of a longer one: PATH_MAX is 4096, and thousands may be shown. */
const LONGEST = 400;
const KEPT_BEGIN = 200;
const KEPT_END = 120;

/**
 * A place or another text from a layer, which is safe to print already. It is a run of its own: what is written from
 * right to left in it turns nothing around that stands beside it.
 */
export function name(text: string): Markup {
  const shown =
    text.length <= LONGEST
      ? text
      : `${text.slice(0, KEPT_BEGIN)} … ${text.slice(-KEPT_END)} (${number(text.length)} characters)`;
  return html`<bdi class="name">${shown}</bdi>`;
}
