/**
 * Reproduce seeds by hand:
 *
 *   npx tsx test/kernel/random/run.ts --fs ext4 --seed 17 [--count N] [-v] [--observe] [--damage NAME,…]
 *
 * -v prints the layers, what was expected and what was observed; --observe does not ask
 * check at all and only shows what the kernel does; --damage does these damages instead of
 * the seed's own. Starts itself again in a private mount namespace.
 */
import { parseArgs } from "node:util";
import type { FsType } from "../../support/disk.js";
import type { Observation } from "../../support/oracle.js";
import { countBad, FS_OPTION, runPrivately, SEED_OPTIONS } from "../../support/seed-runner.js";
import { printable } from "../../support/tree.js";
import { DAMAGES } from "./damages/index.js";
import { type Check, runSeed, type SeedReport, type View } from "./seed.js";

function describeView({ require, observed, result }: View): string[] {
  const plain = `plain view ${observed.plain.mount}, ${observed.plain.names.length} names`;
  const lines = [
    `== observed (--require ${require}): mount ${observed.mount.ok ? "ok" : observed.mount.errno}; ${plain}`,
  ];
  lines.push(...effects(observed), ...observed.warnings.map((text) => `kernel: ${text}`));
  if (result === null) return lines;
  const { mount } = result.prediction;
  const said = mount.ok ? "ok" : `${mount.errno} because of ${mount.cause}`;
  lines.push(
    `== predicted (--require ${require}): mount ${said}; ready ${result.ready}`,
    ...effects(result.prediction),
  );
  for (const { severity, code, layer, path } of result.findings) {
    lines.push(`finding: ${severity} ${code} ${layer ?? ""} ${path ? printable(path) : ""}`);
  }
  return lines;
}

function effects({ index, lookup, hidden }: Pick<Observation, "index" | "lookup" | "hidden">): string[] {
  return [
    ...index.removed.map((name) => `removed ${name}`),
    ...index.tombstoned.map((name) => `tombstoned ${name}`),
    ...lookup.map(({ path, errno }) => `lookup ${printable(path)} ${errno}`),
    ...hidden.map((path) => `hidden ${printable(path)}`),
  ];
}

const describeReport = (report: SeedReport): string[] => [
  JSON.stringify(report.scenario),
  ...report.state,
  ...report.views.flatMap(describeView),
];

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      ...FS_OPTION,
      ...SEED_OPTIONS,
      observe: { type: "boolean", default: false },
      damage: { type: "string" },
    },
  });
  const unknown = values.damage?.split(",").find((name) => !DAMAGES.some((one) => one.name === name));
  if (unknown !== undefined)
    throw new Error(`no damage ${unknown}; there are: ${DAMAGES.map((one) => one.name).join(" ")}`);
  const check: Check | null = values.observe ? null : (await import("../../../src/lib/index.js")).check;
  const options = {
    state: values.verbose,
    ...(values.damage === undefined ? {} : { damages: values.damage.split(",") }),
  };
  const bad = await countBad(values, async (seed) => {
    const report = await runSeed(values.fs as FsType, seed, check, options);
    console.log(
      `${values.fs} ${seed}: ${report.disagreements.length === 0 ? "agree" : "DISAGREE"}  [${report.damages.map(oneLine).join("; ")}]`,
    );
    for (const line of report.disagreements) console.log(`  ${line}`);
    if (values.verbose) for (const line of describeReport(report)) console.log(`  ${line}`);
    return report.disagreements.length === 0;
  });
  if (Number(values.count) > 1) console.log(`${bad} of ${values.count} seeds disagree`);
  return bad === 0 ? 0 : 1;
}

const oneLine = (text: string) =>
  text
    .replaceAll("\n", "\\n")
    .replace(/([a-z])\1{40,}/g, (run, letter: string) => `${letter}{${run.length}}`);

await runPrivately(main);
