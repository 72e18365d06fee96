/** Questions to a person at a terminal. */
import { createInterface } from "node:readline";

/** Ask, and wait for a line; null at the end of the input, and where a signal came instead. */
export type Ask = (question: string) => Promise<string | null>;

export interface Prompt {
  readonly ask: Ask;
  /** Give the input back, so that the process can end. */
  readonly close: () => void;
}

/** Milliseconds between two looks whether a signal came: nobody tells of those that are only noted. */
const INTERVAL = 50;

/**
 * The terminal edits the line by itself; keys like Ctrl-C stay signals.
 * @param asked A signal asked to stop: no answer is waited for any more.
 */
export function openPrompt(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  asked: () => boolean = () => false,
): Prompt {
  const lines: string[] = [];
  const reader = createInterface({ input, terminal: false });
  let ended = false;
  let waiting: ((line: string | null) => void) | null = null;
  const answer = (line: string | null): void => {
    const give = waiting;
    waiting = null;
    give?.(line);
  };
  reader.on("line", (line) => {
    if (waiting === null) lines.push(line);
    else answer(line);
  });
  /** Whatever is told next begins on a line of its own. */
  const end = (): void => {
    ended = true;
    if (waiting !== null) output.write("\n");
    answer(null);
  };
  reader.on("close", end);
  return {
    ask: (question) => {
      output.write(question);
      const [typed] = lines.splice(0, 1);
      if (typed !== undefined) return Promise.resolve(typed);
      if (ended) {
        output.write("\n");
        return Promise.resolve(null);
      }
      return new Promise((resolve) => {
        const watch = setInterval(() => {
          if (asked()) end();
        }, INTERVAL);
        waiting = (line) => {
          clearInterval(watch);
          resolve(line);
        };
      });
    },
    close: () => reader.close(),
  };
}

/** Yes or no; no answer is a no, and whatever else is neither is asked about again. */
export async function confirm(ask: Ask, question: string): Promise<boolean> {
  let answer = await ask(`${question} [y/N] `);
  while (answer !== null && !/^(|y|yes|n|no)$/i.test(answer.trim())) {
    answer = await ask(`y for yes; n for no, and that is the end of it. ${question} [y/N] `);
  }
  return answer !== null && /^y/i.test(answer.trim());
}
