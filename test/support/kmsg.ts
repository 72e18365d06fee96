/** What overlayfs writes to the kernel's log while a test runs. */
import { closeSync, constants, openSync, readSync } from "node:fs";

/**
 * Reads /dev/kmsg from where it ends now. The log is one for the machine: lines
 * of another overlay that lives at the same time are among these.
 */
export class KernelLog {
  private readonly fd: number;
  private readonly room = Buffer.alloc(16384);

  constructor() {
    this.fd = openSync("/dev/kmsg", constants.O_RDONLY | constants.O_NONBLOCK);
    this.drain();
  }

  /** The messages of overlayfs since the last call, without the prefix. */
  take(): string[] {
    return this.drain()
      .filter((line) => line.startsWith("overlayfs: "))
      .map((line) => line.slice("overlayfs: ".length));
  }

  close(): void {
    closeSync(this.fd);
  }

  private drain(): string[] {
    const lines: string[] = [];
    for (;;) {
      let length: number;
      try {
        length = readSync(this.fd, this.room, 0, this.room.length, null);
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        // EPIPE: records were overwritten before they were read; the next read goes on after them.
        if (code === "EPIPE") continue;
        if (code === "EAGAIN") return lines;
        throw error;
      }
      const record = this.room.toString("utf8", 0, length);
      const text = record.slice(record.indexOf(";") + 1).split("\n")[0] ?? "";
      lines.push(text);
    }
  }
}

/** What stands before a message of the log among the lines of a test. */
export const LOGGED = "kernel: ";

/**
 * The log is shared by everything on the machine: of the lines that a run came to, those of the log count only if
 * they come `times` times more when it is done again.
 */
export async function heardAgain(
  lines: readonly string[],
  isLogged: (line: string) => boolean,
  again: () => Promise<readonly string[]>,
  times = 1,
): Promise<readonly string[]> {
  let left = lines;
  for (let time = 0; time < times && left.some(isLogged); time++) {
    const now = new Set(await again());
    left = left.filter((line) => !isLogged(line) || now.has(line));
  }
  return left;
}

export const startsLogged = (line: string): boolean => line.startsWith(LOGGED);
