import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { startProgress } from "../../../src/lib/report/index.js";

beforeEach(() => void vi.stubEnv("TERM", "xterm"));
afterEach(() => void vi.unstubAllEnvs());

/** What is written to a stream that says that it is a terminal of so many columns, before the event loop turns. */
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
    off: () => stream,
    removeListener: () => stream,
    cursorTo: () => true,
    moveCursor: () => true,
    clearLine: () => true,
  };
  const progress = await startProgress(stream as unknown as NodeJS.WriteStream, true);
  progress.onProgress({ phase: "reading upper", count: 1, total: null });
  progress.onProgress({ phase: "writing changes", count: 0, total: 20_021 });
  const painted = text;
  progress.stop();
  return painted;
}

it("writes nothing to a terminal that has no size, where it would never come to an end", async () => {
  expect(await written(0)).toBe("");
});

it("writes nothing to a terminal that cannot take a line away: it would fill with them", async () => {
  vi.stubEnv("TERM", "dumb");
  expect(await written(80)).toBe("");
});

it("paints a new phase at once: what follows may keep the process busy", async () => {
  const painted = await written(80);
  expect(painted).toContain("writing changes: 0 of 20,021");
  expect(painted).toMatch(/^\p{ASCII}*$/u);
});
