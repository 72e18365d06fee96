/**
 * What overlayfs writes to the kernel log, and what it means: for `explain`.
 * Wording of Linux 6.1 to 6.18. Messages about index, origin, redirect, metacopy,
 * export, whiteouts and options are here; what concerns other matters is not.
 */
import { LOG_LOOKUP } from "./kernel-messages-lookup.js";
import { LOG_MOUNT } from "./kernel-messages-mount.js";
import { LOG_OPTIONS } from "./kernel-messages-options.js";
import type { KernelMessage } from "./types.js";

export const KERNEL_MESSAGES: readonly KernelMessage[] = [...LOG_MOUNT, ...LOG_OPTIONS, ...LOG_LOOKUP];

export interface RecognisedMessage {
  readonly text: string;
  readonly message: KernelMessage;
  /** What the named groups caught: err, path, … */
  readonly details: Readonly<Record<string, string>>;
}

/** Both prefixes are overlayfs: the second is the one of errors found while options are read (6.5 and later). */
const PREFIX = /(?:^|[\s\]>])overlay(?:fs)?: (?<text>.*)$/;

/**
 * The part of a log line that overlayfs wrote, or null where the line is somebody else's.
 * Takes a line as dmesg, journalctl or /dev/kmsg give it.
 */
export function overlayText(line: string): string | null {
  return PREFIX.exec(line)?.groups?.["text"]?.trim() ?? null;
}

/** Find what a message means. `text`: with or without the prefix and the time stamp. */
export function recogniseMessage(text: string): RecognisedMessage | null {
  const own = overlayText(text) ?? text.trim();
  for (const message of KERNEL_MESSAGES) {
    const match = message.pattern.exec(own);
    if (match !== null) return { text: own, message, details: { ...match.groups } };
  }
  return null;
}
