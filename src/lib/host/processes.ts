/** Other programs, run as they are: no shell in between. */
import { spawn, spawnSync } from "node:child_process";

/** How a program ended that was waited for, and what it printed. */
export interface Ran {
  /** Exit code; 127 where the program could not be started. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it did not run to its end ("ENOENT": no such program; "ETIMEDOUT": it took longer than it was given). */
  readonly failure: string | null;
}

/** Bytes that a program may print on stdout: a container's description is a few thousand. */
const LONGEST_OUTPUT = 64 << 20;

/** Run a program to its end, or for `patience` milliseconds (0: for as long as it takes). */
export function runProgram(program: string, args: readonly string[], input = "", patience = 0): Ran {
  const options = { input, encoding: "utf8", timeout: patience, maxBuffer: LONGEST_OUTPUT } as const;
  const { status, stdout, stderr, error } = spawnSync(program, args, options);
  const failure = error === undefined ? null : ((error as NodeJS.ErrnoException).code ?? error.message);
  return { code: status ?? 127, stdout: stdout ?? "", stderr: error?.message ?? stderr ?? "", failure };
}

export interface Ended {
  /** Exit code; null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that has the terminal. */
export interface Attached {
  readonly ended: Promise<Ended>;
  /** End the program and all that it runs, at once. */
  readonly kill: () => void;
}

/**
 * Run a program on this one's terminal, in a session of its own: what is typed there (Ctrl-C) is a signal to this
 * process alone, which then knows that it was that, and not a failure, that ended the other.
 */
export function runAttached(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Attached {
  const child = spawn(program, args, { stdio: "inherit", env, detached: true });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  return {
    ended,
    kill: () => {
      // The session's leader is the leader of its process group.
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, "SIGKILL");
    },
  };
}

export interface Running {
  readonly ended: Promise<Ended>;
  readonly hasEnded: () => boolean;
  /** Ask it to end, and wait until it has; what does not listen within `patience` milliseconds is killed. */
  readonly stop: (patience: number) => Promise<Ended>;
}

/** Start a program that works beside this one, and goes with it at the latest. */
export function startProgram(program: string, args: readonly string[]): Running {
  const child = spawn(program, args, { stdio: "ignore" });
  const atExit = (): void => void child.kill("SIGKILL");
  process.once("exit", atExit);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  }).finally(() => process.off("exit", atExit));
  // Whoever waits for it hears of it.
  ended.catch(() => undefined);
  return {
    ended,
    hasEnded: () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null,
    stop: async (patience) => {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), patience);
      return ended.finally(() => clearTimeout(late));
    },
  };
}
