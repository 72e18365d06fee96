/** How wide text is on a terminal. */
import { stripVTControlCharacters } from "node:util";

const PLAIN = /^[ -~]*$/;
/** Combining marks stand on the character before. */
const NONE = /[\p{Mn}\p{Me}]/gu;
/** East Asian characters that take two columns, and pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/gu;

/** Columns of a text without controls; colour takes none. */
export function columnsOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  const seen = stripVTControlCharacters(text).replace(NONE, "").replace(WIDE, "xx");
  return [...seen].length;
}
