/**
 * Reproduce seeds of eras by hand:
 *
 *   npx tsx test/kernel/eras/run.ts --fs ext4 --seed 17 [--count N] [-v]
 *
 * -v prints what the migration did. Starts itself again in a private mount namespace.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import type { FsType } from "../../support/disk.js";
import { whyNoMounts } from "../../support/namespace.js";
import { runEras } from "./seed.js";

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
  const codes = new Map<string, number>();
  const sum = { bad: 0, handles: 0, wrong: 0 };
  for (let seed = first; seed < first + Number(values.count); seed++) {
    const report = await runEras(values.fs as FsType, seed);
    const { handles, wrongBefore, problems, story, migrations } = report;
    for (const code of report.codes) codes.set(code, (codes.get(code) ?? 0) + 1);
    sum.handles += handles;
    sum.wrong += wrongBefore;
    if (problems.length > 0) sum.bad++;
    const between = report.scenario.between.map(({ mode }) => mode).join(" ");
    if (problems.length > 0 || values.verbose || Number(values.count) === 1)
      console.log(
        `${values.fs} ${seed}: ${problems.length === 0 ? "right" : "WRONG"}  [${between}; ${handles} handles, ${wrongBefore} wrong before; ${migrations.join(" ") || "no migration"}]`,
      );
    for (const line of problems) console.log(`  ${line}`);
    if (values.verbose) for (const line of story) console.log(`    ${line}`);
  }
  console.log(
    `${sum.bad} of ${values.count} seeds wrong; ${sum.handles} handles, ${sum.wrong} of them would have been served wrongly`,
  );
  for (const [code, count] of codes) console.log(`  ${code}: ${count}`);
  return sum.bad === 0 ? 0 : 1;
}

process.exitCode = await main();
