/**
 * Reproduce seeds and fixtures by hand:
 *
 *   npx tsx test/kernel/repaired/run.ts --fs ext4 --seed 17 [--count N] [-v] [--damage NAME,…]
 *   npx tsx test/kernel/repaired/run.ts --fs ext4 --fixture NAME[,NAME…] [-v]
 *
 * -v prints the layers, what was found, planned and left. Starts itself again in a private mount namespace.
 */
import { parseArgs } from "node:util";
import type { Fixture } from "../../fixtures/support/fixture.js";
import type { FsType } from "../../support/disk.js";
import { countBad, FS_OPTION, runPrivately, SEED_OPTIONS } from "../../support/seed-runner.js";
import { repairFixture } from "./fixture.js";
import { repairSeed } from "./seed.js";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      ...FS_OPTION,
      ...SEED_OPTIONS,
      damage: { type: "string" },
      fixture: { type: "string" },
    },
  });
  const fs = values.fs as FsType;
  if (values.fixture !== undefined) return fixtures(fs, values.fixture.split(","), values.verbose);
  const bad = await countBad(values, async (seed) => {
    const { problems, ending, story, state, damages } = await repairSeed(fs, seed, {
      state: values.verbose,
      ...(values.damage === undefined ? {} : { damages: values.damage.split(",") }),
    });
    console.log(
      `${fs} ${seed}: ${problems.length === 0 ? "good" : "BAD"}, ${ending}  [${damages.join("; ")}]`,
    );
    for (const line of problems) console.log(`  ${line}`);
    if (values.verbose) for (const line of [...state, ...story]) console.log(`    ${line}`);
    return problems.length === 0;
  });
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

await runPrivately(main);
