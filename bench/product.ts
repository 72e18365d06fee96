/** How the product is called, and whether it is there to be called. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

const entry = resolve(import.meta.dirname, "../bin/run.js");

export const version: readonly string[] = [process.execPath, entry, "--version"];

/** mount(2) options of the overlay below `disk`, as generate.sh mounted it. */
export function options(disk: string): string {
  return `lowerdir=${disk}/lower,upperdir=${disk}/upper,workdir=${disk}/work,redirect_dir=on,index=on,nfs_export=on`;
}

/** A command of ours about the overlay below `disk`. */
export function call(
  command: string | readonly string[],
  disk: string,
  ...flags: readonly string[]
): readonly string[] {
  return [process.execPath, entry, ...[command].flat(), "-o", options(disk), ...flags];
}

export function check(disk: string): readonly string[] {
  return call("check", disk, "--json");
}

/** fsck.overlay, which is told the layers alone and reads off them how the overlay is mounted. */
export function fsck(disk: string): readonly string[] {
  const layers = `lowerdir=${disk}/lower,upperdir=${disk}/upper,workdir=${disk}/work`;
  return [process.execPath, resolve(import.meta.dirname, "../bin/fsck.overlay.js"), "-n", "-o", layers];
}

/** Null where `check` finds the overlay ready; else why its rows say little or are left out. */
export function trouble(disk: string): { skip: boolean; why: string } | null {
  if (!existsSync(entry)) return { skip: true, why: "bin/run.js is not there" };
  const [program = "", ...args] = check(disk);
  const run = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 30 });
  if (run.status !== 0 && run.status !== 4) {
    const said = run.stderr.trim().split("\n")[0] ?? "";
    return { skip: true, why: `check ended with ${run.status ?? run.signal}: ${said}` };
  }
  if (run.status === 4) return { skip: false, why: "check finds problems in an overlay that is healthy" };
  return null;
}
