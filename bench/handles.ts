/**
 * Files of handles: `node --import tsx bench/handles.ts TOOLS DISK DIR ROUNDS`, called by run.sh --handles.
 * `handles verify` and `handles save`, from the layers, against `check` of the same overlay.
 */
import { rmSync } from "node:fs";
import { readHandles, readHeader, readRecords } from "../src/lib/handles/reader.js";
import { HandlesWriter } from "../src/lib/handles/writer.js";
import { WholeFile } from "../src/lib/host/line-file.js";
import { type Row, rounds, table } from "./measure.js";
import { call, check } from "./product.js";
import { run } from "./scratch-image.js";

/** Handles that clients hold. */
const SOME = 100_000;

const [tools = "", disk = "", dir = "", count = "11"] = process.argv.slice(2);
const all = `${dir}/all.${process.pid}.handles`;
const some = `${dir}/some.${process.pid}.handles`;
const save = call(["handles", "save", all], disk, "--force", "--json");
const verify = (file: string): readonly string[] => call(["handles", "verify", file], disk, "--json");

/** Writes SOME of the handles of a file, evenly spread, to another one; returns how many it has. */
function thin(from: Buffer, to: Buffer): number {
  const total = readHandles(from, () => undefined);
  const whole = WholeFile.create(to, true);
  if (typeof whole === "number") throw new Error(`${to}: ${whole}`);
  const writer = new HandlesWriter(whole, true, readHeader(from));
  const place = (number: number): number => Math.floor((number * SOME) / total);
  for (const { record } of readRecords(from, (number) => place(number + 1) > place(number)))
    writer.add(record);
  if (writer.commit() !== 0) throw new Error(`${to}: not written`);
  return total;
}

const grouped = (n: number): string => n.toLocaleString("en-US");

try {
  run(save);
  const total = thin(Buffer.from(all), Buffer.from(some));
  const rows: Row[] = [
    { name: "ovl-index check --json", command: check(disk) },
    { name: `verify, ${grouped(SOME)} handles`, command: verify(some) },
    { name: `verify, ${grouped(total)} handles`, command: verify(all) },
    { name: `save, ${grouped(total)} handles`, command: save },
  ];
  const title = "Handles: wall time, check = 1";
  process.stdout.write(`${table(title, rows, rounds(`${tools}/timer`, rows, Number(count)))}\n`);
} finally {
  for (const file of [all, some]) rmSync(file, { force: true });
}
