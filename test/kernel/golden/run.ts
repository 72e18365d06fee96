/**
 * Reproduce golden seeds by hand:
 *
 *   npx tsx test/kernel/golden/run.ts --fs ext4 --seed 17 [--count N] [-v]
 *
 * -v prints the layers of both worlds. Starts itself again in a private mount namespace.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import type { FsType } from "../../support/disk.js";
import { whyNoMounts } from "../../support/namespace.js";
import { runGolden } from "./seed.js";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      fs: { type: "string", default: "ext4" },
      seed: { type: "string", default: "1" },
      count: { type: "string", default: "1" },
      verbose: { type: "boolean", short: "v", default: false },
    },
  });
  if (whyNoMounts() !== null) {
    const own = [...process.execArgv, ...process.argv.slice(1)];
    const args = ["-m", "--propagation", "private", process.execPath, ...own];
    const again = spawnSync("unshare", args, {
      stdio: "inherit",
      env: { ...process.env, OVL_PRIVATE_MOUNTS: "1" },
    });
    return again.status ?? 1;
  }
  const first = Number(values.seed);
  let bad = 0;
  for (let seed = first; seed < first + Number(values.count); seed++) {
    const report = await runGolden(values.fs as FsType, seed, { state: values.verbose });
    const kinds = [...report.golden.index.values()];
    const count = (kind: string): number => kinds.filter((one) => one === kind).length;
    if (report.disagreements.length > 0) bad++;
    console.log(
      `${values.fs} ${seed}: ${report.disagreements.length === 0 ? "agree" : "DISAGREE"}  [${report.scenario.lowers} lower, ${count("file")} files, ${count("directory")} directories, ${count("tombstone")} tombstones]`,
    );
    for (const line of [...report.disagreements, ...report.state]) console.log(`  ${line}`);
  }
  if (Number(values.count) > 1) console.log(`${bad} of ${values.count} seeds disagree`);
  return bad === 0 ? 0 : 1;
}

process.exitCode = await main();
