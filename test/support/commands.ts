import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** Is a program of this name installed? With CI=true it has to be: a test that is left out there is a hole nobody sees. */
export function hasCommand(name: string): boolean {
  const found = (process.env["PATH"] ?? "").split(":").some((dir) => {
    try {
      accessSync(join(dir, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (!found && process.env["CI"]) throw new Error(`${name} is not installed, and CI must not do without it`);
  return found;
}
