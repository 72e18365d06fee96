/**
 * What the guest runs: check, repair, build and migrate against its kernel, by seeds of the random tests of test/kernel, and
 * the fixtures. Arguments: seeds as FROM-TO, and the names of fixtures.
 */
import { release } from "node:os";
import { check } from "../../src/lib/index.js";
import { atLeast, kernelVersion } from "../../src/lib/layers/facts.js";
import type { Fixture } from "../fixtures/support/fixture.js";
import { judge } from "../fixtures/support/judge.js";
import { runEras } from "../kernel/eras/seed.js";
import { runGolden } from "../kernel/golden/seed.js";
import { runSeed } from "../kernel/random/seed.js";
import { repairSeed } from "../kernel/repaired/seed.js";

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const [range = "", ...names] = process.argv.slice(2);
const [from = 1, to = from] = range.split("-").map(Number);
/** What an older kernel has no option for cannot be tried on it. */
const UNTRIED = "the first mount of a fresh overlay failed: EINVAL";
/** Nor can check say what such a kernel does where it has no call for what it goes by: then it says so. */
const UNDECIDED = "this kernel does not tell the filesystem's UUID";

const kernel = kernelVersion(release());
say(`kernel ${release()}`);
let bad = 0;
const tell = (name: string, lines: readonly string[]): void => {
  if (lines.length === 0) return;
  if (lines.some((line) => line.includes(UNDECIDED))) {
    say(`${name}: ${UNDECIDED}`);
    return;
  }
  bad++;
  say(name);
  for (const line of lines) say(`  ${line}`);
};

/** Each gives the lines in which a seed is not as it should be. */
const SERIES: Readonly<Record<string, (seed: number) => Promise<readonly string[]>>> = {
  check: async (seed) => (await runSeed("ext4", seed, check)).disagreements,
  repair: async (seed) => (await repairSeed("ext4", seed)).problems,
  build: async (seed) => (await runGolden("ext4", seed)).disagreements,
  migrate: async (seed) => (await runEras("ext4", seed)).problems,
};

for (const [series, run] of Object.entries(SERIES)) {
  let untried = 0;
  for (let seed = from; seed <= to; seed++) {
    try {
      tell(`${series}, seed ${seed}`, await run(seed));
    } catch (error) {
      if (String(error).includes(UNTRIED)) untried++;
      else tell(`${series}, seed ${seed}`, [String(error)]);
    }
  }
  say(`${series}: ${to - from + 1} seeds, ${untried} of them with options that this kernel does not have`);
}

let fixtures = 0;
const others: string[] = [];
for (const name of names) {
  const { default: fixture } = (await import(`../fixtures/${name}/fixture.ts`)) as { default: Fixture };
  const { fs = "ext4", since = [0, 0] } = fixture;
  if (fs !== "ext4" || !atLeast(kernel, ...since)) continue;
  fixtures++;
  try {
    const { expected, told, disagreements } = await judge({ ...fixture, fs: "ext4" });
    tell(`fixture ${name}`, disagreements);
    // What is told may be another thing on another kernel; what that does may not be another than what is told.
    if (JSON.stringify(told) !== JSON.stringify(expected)) others.push(name);
  } catch (error) {
    tell(`fixture ${name}`, [String(error)]);
  }
}
say(`${fixtures} fixtures; told otherwise than on the newest kernel: ${others.join(" ") || "none"}`);
say(bad === 0 ? "E2E PASSED" : `E2E FAILED: ${bad}`);
