/**
 * Speed: `node --import tsx bench/run.ts TOOLS DISK ROUNDS`, called by run.sh.
 * Paired runs on a mounted benchmark image, and the cost of starting up.
 */
import { type Row, rounds, table } from "./measure.js";
import { check, options, trouble, version } from "./product.js";

const [tools = "", disk = "", count = "11"] = process.argv.slice(2);
const timer = `${tools}/timer`;
const node = process.execPath;

const floor = [`${tools}/floor`, `${disk}/upper`, `${disk}/lower`, `${disk}/work/index`];
const scan: Row[] = [
  {
    name: "find, stat of both layers",
    command: ["find", `${disk}/upper`, `${disk}/lower`, "-printf", "%i %s %p\n"],
  },
  { name: "C floor, 2 threads", command: floor },
  { name: "C floor, lean", command: [...floor, "--lean"] },
  { name: "C floor, 1 thread", command: [...floor, "--threads", "1"] },
  { name: "kernel's own mount", command: [`${tools}/kernel-mount`, options(disk), `${disk}/merged`] },
];
const start: Row[] = [{ name: "node -e 0", command: [node, "-e", "0"] }];

const obstacle = trouble(`${disk}/tiny`);
if (obstacle?.skip) {
  process.stderr.write(`bench: without ovl-index: ${obstacle.why}\n`);
} else {
  if (obstacle) process.stderr.write(`bench: ${obstacle.why}\n`);
  scan.push({ name: "ovl-index check --json", command: check(disk) });
  start.push({ name: "ovl-index --version", command: version });
  start.push({ name: "ovl-index check, tiny", command: check(`${disk}/tiny`) });
}

process.stdout.write(`${table("Scan: wall time, find = 1", scan, rounds(timer, scan, Number(count)))}\n\n`);
process.stdout.write(
  `${table("Start: wall time, bare node = 1", start, rounds(timer, start, 2 * Number(count)))}\n`,
);
