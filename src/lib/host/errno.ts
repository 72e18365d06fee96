import { constants } from "node:os";
import type { Errno } from "./native.js";

/** Names that Node has none for; asm-generic/errno.h. */
const OTHERS: readonly (readonly [number, string])[] = [
  [15, "ENOTBLK"],
  [66, "EREMOTE"],
  [117, "EUCLEAN"],
  [121, "EREMOTEIO"],
  [123, "ENOMEDIUM"],
  [126, "ENOKEY"],
  [132, "ERFKILL"],
  [133, "EHWPOISON"],
  [524, "ENOTSUPP"],
];

const NAMES = new Map<number, string>([
  ...OTHERS,
  ...Object.entries(constants.errno).map(([name, value]) => [value, name] as const),
]);

/** "ENOENT" for -2. */
export function errnoName(errno: Errno): string {
  return NAMES.get(Math.abs(errno)) ?? `errno ${Math.abs(errno)}`;
}

/** A call of the host that failed where nothing can go on without its answer. */
export class HostError extends Error {
  /** @param errno Negative, as the host answers. */
  constructor(
    readonly operation: string,
    readonly where: string,
    readonly errno: number,
  ) {
    super(`${operation} ${where}: ${errnoName(errno)}`);
  }
}
