/**
 * Reproduce golden seeds by hand:
 *
 *   npx tsx test/kernel/golden/run.ts --fs ext4 --seed 17 [--count N] [-v]
 *
 * -v prints the layers of both worlds. Starts itself again in a private mount namespace.
 */
import { parseArgs } from "node:util";
import type { FsType } from "../../support/disk.js";
import { countBad, FS_OPTION, runPrivately, SEED_OPTIONS } from "../../support/seed-runner.js";
import { runGolden } from "./seed.js";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { ...FS_OPTION, ...SEED_OPTIONS },
  });
  const bad = await countBad(values, async (seed) => {
    const report = await runGolden(values.fs as FsType, seed, { state: values.verbose });
    const kinds = [...report.golden.index.values()];
    const count = (kind: string): number => kinds.filter((one) => one === kind).length;
    console.log(
      `${values.fs} ${seed}: ${report.disagreements.length === 0 ? "agree" : "DISAGREE"}  [${report.scenario.lowers} lower, ${count("file")} files, ${count("directory")} directories, ${count("tombstone")} tombstones]`,
    );
    for (const line of [...report.disagreements, ...report.state]) console.log(`  ${line}`);
    return report.disagreements.length === 0;
  });
  if (Number(values.count) > 1) console.log(`${bad} of ${values.count} seeds disagree`);
  return bad === 0 ? 0 : 1;
}

await runPrivately(main);
