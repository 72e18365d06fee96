import { expect, it } from "vitest";
import { startProgress } from "../../../src/lib/report/index.js";

/** What is written to a stream that says that it is a terminal of so many columns. */
async function written(columns: number): Promise<string> {
  let text = "";
  const stream = {
    isTTY: true,
    columns,
    write: (piece: string) => {
      text += piece;
      return true;
    },
    on: () => stream,
    once: () => stream,
    cursorTo: () => true,
    moveCursor: () => true,
    clearLine: () => true,
  };
  const progress = await startProgress(stream as unknown as NodeJS.WriteStream, true);
  progress.onProgress({ phase: "reading upper", count: 1, total: null });
  progress.stop();
  return text;
}

it("writes nothing to a terminal that has no size, where it would never come to an end", async () => {
  expect(await written(0)).toBe("");
});
