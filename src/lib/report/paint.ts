/** Colour, or none: the text is the same either way. */
import { Chalk } from "chalk";
import type { Severity } from "../catalogue/index.js";

export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly unsure: (text: string) => string;
  readonly strong: (text: string) => string;
}

/**
 * Whether a stream shall get colour: only a terminal does, and never with NO_COLOR (https://no-color.org)
 * or TERM=dumb.
 */
export function wantsColour(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  const refused = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return stream.isTTY === true && !refused;
}

/**
 * Each can be read on a dark background and on a light one: yellow and grey cannot on a light one, and red and magenta
 * only in bold on the console's black.
 */
export function makePaint(colour: boolean): Paint {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  const { green, red, magenta } = chalk.bold;
  // Chalk's own would join whatever else they are given, as Array.map() does.
  return {
    good: (text) => green(text),
    bad: (text) => red(text),
    unsure: (text) => magenta(text),
    strong: (text) => chalk.bold(text),
  };
}

/** A severity as a word, with what follows it at once. */
export function severityText(severity: Severity, end: string, paint: Paint): string {
  const text = `${severity}${end}`;
  return severity === "error" ? paint.bad(text) : severity === "warning" ? paint.unsure(text) : text;
}
