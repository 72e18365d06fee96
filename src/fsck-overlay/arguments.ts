/** Arguments as fsck(8) passes them, and as getopt(3) reads them: letters together, values attached, in any order. */
import type { Mode } from "../lib/fsck/policy.js";

export interface Arguments {
  /** Null where none was given. */
  readonly mode: Mode | null;
  /** Every value of -o. */
  readonly options: readonly string[];
  /** What is to be checked, if it is not told by options: a mount point. */
  readonly device: string | null;
  readonly verbose: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

export type ParsedArguments = Arguments | { readonly usage: string };

export const LONG: Readonly<Record<string, string>> = { "--verbose": "v", "--help": "h", "--version": "V" };
export const MODES: Readonly<Record<string, Mode>> = { n: "dry-run", p: "preen", a: "preen", y: "yes" };
const FLAGS = "fvVh";
/** The letters that take a value. */
const VALUED = "oC";

export function parseArguments(argv: readonly string[]): ParsedArguments {
  const options: string[] = [];
  const devices: string[] = [];
  const modes = new Set<Mode>();
  const flags = new Set<string>();
  const waiting = [...argv];
  for (let word = waiting.shift(); word !== undefined; word = waiting.shift()) {
    if (word === "--") {
      devices.push(...waiting.splice(0));
    } else if (word.startsWith("--")) {
      const letter = Object.hasOwn(LONG, word) ? LONG[word] : undefined;
      if (letter === undefined) return { usage: `unknown option ${word}` };
      flags.add(letter);
    } else if (!word.startsWith("-") || word === "-") {
      devices.push(word);
    } else {
      const letters = word.slice(1).split("");
      for (let letter = letters.shift(); letter !== undefined; letter = letters.shift()) {
        const mode = Object.hasOwn(MODES, letter) ? MODES[letter] : undefined;
        if (mode !== undefined) modes.add(mode);
        else if (FLAGS.includes(letter)) flags.add(letter);
        else if (!VALUED.includes(letter)) return { usage: `unknown option -${letter}` };
        else {
          const value = letters.splice(0).join("") || waiting.shift();
          if (value === undefined) return { usage: `-${letter} needs a value` };
          if (letter === "o") options.push(value);
          else if (!/^-?\d+$/.test(value)) return { usage: `-C needs a file descriptor, not "${value}"` };
        }
      }
    }
  }
  if (modes.size > 1) return { usage: "give only one of -n, -p and -y" };
  const [device = null, another] = devices;
  if (another !== undefined) return { usage: `one overlay at a time, not "${device}" and "${another}"` };
  const [mode = null] = modes;
  const has = (letter: string): boolean => flags.has(letter);
  return { mode, options, device, verbose: has("v"), help: has("h"), version: has("V") };
}
