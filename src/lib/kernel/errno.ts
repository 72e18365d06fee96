/** Names of errnos, as errno(3) and the report spell them. */
import { constants } from "node:os";

const NAMES = new Map<number, string>(Object.entries(constants.errno).map(([name, value]) => [value, name]));

export const errnoName = (errno: number): string => NAMES.get(Math.abs(errno)) ?? `errno ${Math.abs(errno)}`;
