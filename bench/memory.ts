/**
 * Memory: `node --import tsx bench/memory.ts TOOLS ROUNDS DISK…`, called by run.sh --memory.
 * Peak of `check` on images of several sizes, and the line through the smallest and the largest.
 */
import { readdirSync } from "node:fs";
import { median, time } from "./measure.js";
import { check, trouble } from "./product.js";

const [tools = "", count = "3", ...disks] = process.argv.slice(2);
const MIB = 1024 * 1024;
const TARGET = 5_000_000;

const points = disks.flatMap((disk) => {
  const obstacle = trouble(`${disk}/tiny`);
  if (obstacle?.skip) {
    process.stderr.write(`bench: ${obstacle.why}\n`);
    return [];
  }
  const indexed = readdirSync(`${disk}/work/index`, "buffer").length;
  const row = { name: disk, command: check(disk) };
  const runs = Array.from({ length: Number(count) }, () => time(`${tools}/timer`, row));
  const peak = median(runs.map((run) => run.peakKiB * 1024));
  const wall = median(runs.map((run) => run.wall));
  const status = runs.find((run) => run.status !== 0)?.status ?? 0;
  process.stdout.write(
    `${String(indexed).padStart(9)} index entries  peak ${(peak / MIB).toFixed(1).padStart(6)} MiB` +
      `  wall ${wall.toFixed(0).padStart(6)} ms${status === 0 ? "" : `  exit ${status}!`}\n`,
  );
  return [{ indexed, peak }];
});

points.sort((a, b) => a.indexed - b.indexed);
const [first, last] = [points.at(0), points.at(-1)];
if (first && last && last.indexed > first.indexed) {
  const slope = (last.peak - first.peak) / (last.indexed - first.indexed);
  const far = last.peak + slope * (TARGET - last.indexed);
  process.stdout.write(
    `slope ${slope.toFixed(0)} bytes an index entry; at ${TARGET} that makes ${(far / MIB).toFixed(0)} MiB\n`,
  );
}
