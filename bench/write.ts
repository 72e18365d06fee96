/**
 * What is written: `node --import tsx bench/write.ts TOOLS DIR ROUNDS`, called by run.sh --write.
 * `build` against `cp -al` of the same upper layer, and `repair` against `check`.
 */
import { readdirSync, rmSync } from "node:fs";
import { type Row, rounds, table } from "./measure.js";
import { call, check, options } from "./product.js";
import { run, ScratchImage } from "./scratch-image.js";

const [tools = "", dir = "", count = "5"] = process.argv.slice(2);
const timer = `${tools}/timer`;
const scratch = new ScratchImage(dir, "unindexed");
const { disk, begin, end } = scratch;

/** Take one file's entry away. */
function damage(): void {
  const index = `${disk}/work/index`;
  const victim = readdirSync(index, { withFileTypes: true }).find((entry) => entry.isFile());
  if (victim === undefined) throw new Error("the index has no entry of a file");
  rmSync(`${index}/${victim.name}`);
}

const built: Row[] = [
  { name: "cp -al of upper", command: ["cp", "-al", `${disk}/upper`, `${disk}/copy`] },
  {
    name: "cp -al, then sync",
    command: ["sh", "-c", 'cp -al "$1/upper" "$1/copy" && sync -f "$1/copy"', "sh", disk],
  },
  { name: "ovl-index check --json", command: check(disk) },
  { name: "ovl-index build -y --json", command: call("build", disk, "-y", "--json") },
];
const fresh = built.map((row): Row => ({ ...row, before: begin, after: end }));

const mended: Row[] = [
  { name: "check, one finding", command: check(disk), expect: [4] },
  {
    name: "repair -y, one finding",
    command: call("repair", disk, "-y", "--json"),
    expect: [1],
    after: () => run(call("undo", disk, "-y")),
  },
];

try {
  process.stdout.write(
    `${table("Build: wall time, cp -al = 1", fresh, rounds(timer, fresh, Number(count)))}\n\n`,
  );
  begin();
  run(call("build", disk, "-y"));
  run(["rm", "-r", `${disk}/work/ovl-index`]);
  // The kernel takes it as it is.
  run([`${tools}/kernel-mount`, options(disk), `${disk}/merged`]);
  damage();
  const title = "Repair: wall time, check = 1";
  process.stdout.write(`${table(title, mended, rounds(timer, mended, 2 * Number(count)))}\n`);
} finally {
  scratch.clear();
}
