/**
 * Reproduce a move by hand:
 *
 *   npx tsx test/kernel/moved/run.ts --from ext4 --to xfs --seed 3 [--count N] [--tool cp] [--part all] [--lowers 1]
 *     [--mode nfs_export] [--old] [--trust] [--uuid off] [-v]
 *
 * Starts itself again in a private mount namespace.
 */
import { parseArgs } from "node:util";
import type { FsType } from "../../support/disk.js";
import { countBad, runPrivately, SEED_OPTIONS } from "../../support/seed-runner.js";
import type { Mode } from "../random/scenario.js";
import type { Tool } from "./copy.js";
import { moveHouse, type Part } from "./house.js";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      from: { type: "string", default: "ext4" },
      to: { type: "string", default: "xfs" },
      ...SEED_OPTIONS,
      tool: { type: "string", default: "cp" },
      part: { type: "string", default: "all" },
      lowers: { type: "string", default: "1" },
      mode: { type: "string", default: "nfs_export" },
      old: { type: "boolean", default: false },
      trust: { type: "boolean", default: false },
      uuid: { type: "string" },
    },
  });
  const bad = await countBad(values, async (seed) => {
    const { uuid } = values;
    const outcome = await moveHouse({
      from: values.from as FsType,
      to: values.to as FsType,
      seed,
      tool: values.tool as Tool,
      part: values.part as Part,
      lowers: Number(values.lowers),
      mode: values.mode as Mode,
      old: values.old,
      trustPaths: values.trust,
      ...(uuid === "off" || uuid === "null" ? { uuid } : {}),
    });
    if (outcome === null) return true;
    console.log(`seed ${seed}: ${outcome.problems.length} problems; ${outcome.story[0]}`);
    for (const line of outcome.problems.slice(0, values.verbose ? 1000 : 8)) console.log(`  ${line}`);
    if (values.verbose) for (const line of outcome.story) console.log(`  | ${line}`);
    return outcome.problems.length === 0;
  });
  console.log(`${bad} of ${values.count} bad`);
  return bad === 0 ? 0 : 1;
}

await runPrivately(main);
