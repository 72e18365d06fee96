/** Colour, or none: the text is the same either way. */
import { Chalk } from "chalk";

export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly unsure: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly dim: (text: string) => string;
}

/**
 * Whether a stream shall get colour: only a terminal does, and never with NO_COLOR (https://no-color.org)
 * or TERM=dumb.
 */
export function wantsColour(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  const refused = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return stream.isTTY === true && !refused;
}

/** Of these each can be read on a dark background and on a light one, as yellow cannot. */
export function makePaint(colour: boolean): Paint {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  return { good: chalk.green, bad: chalk.red, unsure: chalk.magenta, strong: chalk.bold, dim: chalk.dim };
}
