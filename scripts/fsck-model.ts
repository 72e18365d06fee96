/** The arguments of fsck.overlay as plain values, out of what its -h prints. */
import { LONG, MODES } from "../src/fsck-overlay/arguments.js";
import { HELP } from "../src/fsck-overlay/text.js";
import { OVERLAY_OPTIONS } from "../src/lib/mount/known-options.js";

export const PROGRAM = "fsck.overlay";

export interface Letter {
  readonly letter: string;
  readonly long: string | null;
  /** What its value is called; null where it takes none. */
  readonly value: string | null;
  readonly description: string;
}

/** "  -p, -a      correct what is safe unattended" */
const LINE = /^ {2}(-\w(?: \w+)?(?:, -\w(?: \w+)?)*) {2,}(\S.*)$/;

function lettersOf(help: string): Letter[] {
  const letters: Letter[] = [];
  for (const line of help.replace(/\n {6,}(?=\S)/g, " ").split("\n")) {
    const [, words = "", description = ""] = LINE.exec(line) ?? [];
    for (const word of words === "" ? [] : words.split(", ")) {
      const [letter = "", value = null] = word.slice(1).split(" ");
      const long = Object.entries(LONG).find(([, short]) => short === letter)?.[0] ?? null;
      letters.push({ letter, long, value, description });
    }
  }
  return letters;
}

export const LETTERS: readonly Letter[] = lettersOf(HELP);

/** Of these one is given at the most. */
export const MODE_LETTERS: readonly string[] = Object.keys(MODES);

/** Mount options whose value is a directory, or several. */
export const PATH_OPTIONS: readonly string[] = Object.entries(OVERLAY_OPTIONS).flatMap(([name, kind]) =>
  kind === "path" || kind === "path list" ? [name] : [],
);

/** Those that choose among words. */
export const CHOICES: readonly (readonly [option: string, words: readonly string[]])[] = Object.entries(
  OVERLAY_OPTIONS,
).flatMap(([name, kind]) => (typeof kind === "string" ? [] : [[name, kind] as const]));

/** Those that stand alone. */
export const FLAG_OPTIONS: readonly string[] = Object.entries(OVERLAY_OPTIONS).flatMap(([name, kind]) =>
  kind === "flag" ? [name] : [],
);
