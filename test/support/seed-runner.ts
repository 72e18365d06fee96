/** What programs have in common that reproduce seeds of a test by hand. */
import { spawnSync } from "node:child_process";
import { whyNoMounts } from "./namespace.js";

/** For parseArgs(). */
export const SEED_OPTIONS = {
  seed: { type: "string", default: "1" },
  count: { type: "string", default: "1" },
  verbose: { type: "boolean", short: "v", default: false },
} as const;

export const FS_OPTION = { fs: { type: "string", default: "ext4" } } as const;

/** Ends the process with what `main` returns; started anywhere but in a private mount namespace, it starts itself again in one. */
export async function runPrivately(main: () => Promise<number>): Promise<void> {
  process.exitCode = whyNoMounts() === null ? await main() : startAgain();
}

function startAgain(): number {
  const own = [...process.execArgv, ...process.argv.slice(1)];
  const args = ["-m", "--propagation", "private", process.execPath, ...own];
  const env = { ...process.env, OVL_PRIVATE_MOUNTS: "1" };
  return spawnSync("unshare", args, { stdio: "inherit", env }).status ?? 1;
}

/** How many of the seeds that are asked for are not good. */
export async function countBad(
  { seed, count }: { readonly seed: string; readonly count: string },
  isGood: (seed: number) => Promise<boolean>,
): Promise<number> {
  const first = Number(seed);
  let bad = 0;
  for (let one = first; one < first + Number(count); one++) if (!(await isGood(one))) bad++;
  return bad;
}
