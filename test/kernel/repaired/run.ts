/**
 * Reproduce seeds and fixtures by hand:
 *
 *   npx tsx test/kernel/repaired/run.ts --fs ext4 --seed 17 [--count N] [-v] [--damage NAME,…]
 *   npx tsx test/kernel/repaired/run.ts --fs ext4 --fixture NAME[,NAME…] [-v]
 *
 * -v prints the layers, what was found, planned and left. Starts itself again in a private mount namespace.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import type { Fixture } from "../../fixtures/support/fixture.js";
import type { FsType } from "../../support/disk.js";
import { whyNoMounts } from "../../support/namespace.js";
import { repairFixture } from "./fixture.js";
import { repairSeed } from "./seed.js";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      fs: { type: "string", default: "ext4" },
      seed: { type: "string", default: "1" },
      count: { type: "string", default: "1" },
      verbose: { type: "boolean", short: "v", default: false },
      damage: { type: "string" },
      fixture: { type: "string" },
    },
  });
  if (whyNoMounts() !== null) {
    const own = [...process.execArgv, ...process.argv.slice(1)];
    const again = spawnSync("unshare", ["-m", "--propagation", "private", process.execPath, ...own], {
      stdio: "inherit",
      env: { ...process.env, OVL_PRIVATE_MOUNTS: "1" },
    });
    return again.status ?? 1;
  }
  const fs = values.fs as FsType;
  if (values.fixture !== undefined) return fixtures(fs, values.fixture.split(","), values.verbose);
  const first = Number(values.seed);
  let bad = 0;
  for (let seed = first; seed < first + Number(values.count); seed++) {
    const { problems, ending, story, state, damages } = await repairSeed(fs, seed, {
      state: values.verbose,
      ...(values.damage === undefined ? {} : { damages: values.damage.split(",") }),
    });
    if (problems.length > 0) bad++;
    console.log(
      `${fs} ${seed}: ${problems.length === 0 ? "good" : "BAD"}, ${ending}  [${damages.join("; ")}]`,
    );
    for (const line of problems) console.log(`  ${line}`);
    if (values.verbose) for (const line of [...state, ...story]) console.log(`    ${line}`);
  }
  if (Number(values.count) > 1) console.log(`${bad} of ${values.count} seeds are bad`);
  return bad === 0 ? 0 : 1;
}

async function fixtures(fs: FsType, names: readonly string[], verbose: boolean): Promise<number> {
  let bad = 0;
  for (const name of names) {
    const { default: one } = (await import(`../../fixtures/${name}/fixture.ts`)) as { default: Fixture };
    const { problems, ending, story } = await repairFixture(one, one.fs ?? fs);
    if (problems.length > 0) bad++;
    console.log(`${fs} ${name}: ${problems.length === 0 ? "good" : "BAD"}, ${ending}`);
    for (const line of problems) console.log(`  ${line}`);
    if (verbose) for (const line of story) console.log(`    ${line}`);
  }
  return bad === 0 ? 0 : 1;
}

process.exitCode = await main();
