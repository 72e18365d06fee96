/** Output that takes no more: a reader that has gone (EPIPE), a full disk (ENOSPC). */

/**
 * From here on that ends nothing by itself: who asks for this comes to an orderly end first. For the rest of the
 * process. The answer is the first error's code, null as long as there is none.
 */
export function noteOutputErrors(): () => string | null {
  let failure: string | null = null;
  const note = (error: NodeJS.ErrnoException): void => {
    failure ??= error.code ?? error.message;
  };
  for (const stream of [process.stdout, process.stderr]) {
    // Never without one: it would be thrown in that moment.
    const others = stream.listeners("error") as ((error: Error) => void)[];
    stream.on("error", note);
    for (const other of others) stream.removeListener("error", other);
  }
  return () => failure;
}

/** Wait until what was written has arrived, or has failed and that was told. */
export function outputArrives(): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write("", () => setImmediate(resolve));
  });
}
