/** Questions to a person at a terminal. */
import { createInterface } from "node:readline";

/** Ask, and wait for a line; null at the end of the input. */
export type Ask = (question: string) => Promise<string | null>;

export interface Prompt {
  readonly ask: Ask;
  /** Give the input back, so that the process can end. */
  readonly close: () => void;
}

/** The terminal edits the line by itself; keys like Ctrl-C stay signals. */
export function openPrompt(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Prompt {
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
  reader.on("close", () => {
    ended = true;
    answer(null);
  });
  return {
    ask: (question) => {
      output.write(question);
      const [typed] = lines.splice(0, 1);
      if (typed !== undefined) return Promise.resolve(typed);
      if (ended) return Promise.resolve(null);
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    close: () => reader.close(),
  };
}

/** Yes or no, once; whatever is not a yes is a no. */
export async function confirm(ask: Ask, question: string): Promise<boolean> {
  const answer = await ask(`${question} [y/N] `);
  return answer !== null && /^y(es)?$/i.test(answer.trim());
}
