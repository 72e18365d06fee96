/**
 * Layers that were copied to another disk: `node --import tsx bench/restamp.ts TOOLS DIR DISK ROUNDS`, called by
 * run.sh --restamp. DISK: where they were copied from.
 */
import { type Row, rounds, table } from "./measure.js";
import { call, check, options } from "./product.js";
import { run, ScratchImage } from "./scratch-image.js";

const [tools = "", dir = "", from = "", count = "3"] = process.argv.slice(2);
const scratch = new ScratchImage(dir, "moved");
const { disk, begin, end } = scratch;
const migrate = call("migrate", disk, "-y", "--json");

/** The kernel takes what came of it as it is. */
function endMounted(): void {
  run([`${tools}/kernel-mount`, options(disk), `${disk}/merged`]);
  end();
}

const rows: Row[] = [
  { name: "check of what was moved", command: check(disk), expect: [4], before: begin, after: end },
  { name: "check before the move", command: check(from) },
  { name: "migrate -y", command: migrate, before: begin, after: endMounted },
  {
    name: "migrate -y --old-lower",
    command: [...migrate, "--old-lower", `${from}/lower`],
    before: begin,
    after: endMounted,
  },
];

try {
  const title = "Restamp: wall time, check of what was moved = 1";
  process.stdout.write(`${table(title, rows, rounds(`${tools}/timer`, rows, Number(count)))}\n`);
} finally {
  scratch.clear();
}
