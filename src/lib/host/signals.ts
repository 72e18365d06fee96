/** Signals that ask this process to end. */
import { nativeSignals } from "./addon.js";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

export interface Watch {
  /** Was one of them sent? */
  readonly asked: () => boolean;
  /** Do this when one is; what was sent before counts. */
  readonly whenAsked: (act: () => void) => void;
}

/** From here on a signal ends nothing by itself: who asks for this cleans up, and ends the process. */
export function watchSignals(): Watch {
  let asked = false;
  let act = (): void => undefined;
  const listener = (): void => {
    asked = true;
    act();
  };
  for (const signal of SIGNALS) {
    const others = process.listeners(signal);
    // Never without one: it would end us in that moment.
    process.on(signal, listener);
    for (const other of others) process.removeListener(signal, other);
  }
  return {
    asked: () => asked,
    whenAsked: (next) => {
      act = next;
      if (asked) act();
    },
  };
}

/**
 * From here on a signal ends nothing by itself, and the answer tells at any moment whether one was sent: also in the
 * middle of work that gives Node no chance to call a listener. For the rest of the process.
 */
export function noteSignals(): () => boolean {
  nativeSignals.catch();
  return nativeSignals.caught;
}

/** Let signals that came while something kept this process busy arrive. */
export function signalsArrive(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
