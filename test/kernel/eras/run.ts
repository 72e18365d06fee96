/**
 * Reproduce seeds of eras by hand:
 *
 *   npx tsx test/kernel/eras/run.ts --fs ext4 --seed 17 [--count N] [-v]
 *
 * -v prints what the migration did. Starts itself again in a private mount namespace.
 */
import { parseArgs } from "node:util";
import type { FsType } from "../../support/disk.js";
import { countBad, FS_OPTION, runPrivately, SEED_OPTIONS } from "../../support/seed-runner.js";
import { runEras } from "./seed.js";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { ...FS_OPTION, ...SEED_OPTIONS },
  });
  const codes = new Map<string, number>();
  const sum = { handles: 0, wrong: 0 };
  const bad = await countBad(values, async (seed) => {
    const report = await runEras(values.fs as FsType, seed);
    const { handles, wrongBefore, problems, story, migrations } = report;
    for (const code of report.codes) codes.set(code, (codes.get(code) ?? 0) + 1);
    sum.handles += handles;
    sum.wrong += wrongBefore;
    const between = report.scenario.between.map(({ mode }) => mode).join(" ");
    if (problems.length > 0 || values.verbose || Number(values.count) === 1)
      console.log(
        `${values.fs} ${seed}: ${problems.length === 0 ? "right" : "WRONG"}  [${between}; ${handles} handles, ${wrongBefore} wrong before; ${migrations.join(" ") || "no migration"}]`,
      );
    for (const line of problems) console.log(`  ${line}`);
    if (values.verbose) for (const line of story) console.log(`    ${line}`);
    return problems.length === 0;
  });
  console.log(
    `${bad} of ${values.count} seeds wrong; ${sum.handles} handles, ${sum.wrong} of them would have been served wrongly`,
  );
  for (const [code, count] of codes) console.log(`  ${code}: ${count}`);
  return bad === 0 ? 0 : 1;
}

await runPrivately(main);
