import { constants } from "node:os";
import type { Errno } from "./native.js";

const NAMES = new Map<number, string>(Object.entries(constants.errno).map(([name, value]) => [value, name]));

/** "ENOENT" for -2. */
export function errnoName(errno: Errno): string {
  return NAMES.get(Math.abs(errno)) ?? `errno ${Math.abs(errno)}`;
}
