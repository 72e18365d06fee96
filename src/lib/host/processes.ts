/** Other programs, run as they are: no shell in between. */
import { spawn, spawnSync } from "node:child_process";
import { constants } from "node:os";

export interface Ran {
  /** Exit code; 127 where the program could not be started. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Run a program to its end. */
export function runProgram(program: string, args: readonly string[], input = ""): Ran {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, encoding: "utf8" });
  return { code: status ?? 127, stdout: stdout ?? "", stderr: error?.message ?? stderr ?? "" };
}

/**
 * Run a program on this one's terminal. SIGINT, SIGTERM and SIGHUP are passed on and do not end this process, so that
 * it can clean up behind the other. Resolves to the exit code, 128 and the number for a signal.
 */
export function runAttached(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const child = spawn(program, args, { stdio: "inherit", env });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const others = new Map(signals.map((signal) => [signal, process.listeners(signal)]));
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of signals) {
    process.removeAllListeners(signal);
    process.on(signal, pass);
  }
  return new Promise((resolve, reject) => {
    const done = (settle: () => void): void => {
      for (const signal of signals) {
        process.removeListener(signal, pass);
        for (const listener of others.get(signal) ?? []) process.on(signal, listener);
      }
      settle();
    };
    child.once("error", (error) => done(() => reject(error)));
    child.once("exit", (code, signal) =>
      done(() => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))),
    );
  });
}
