/**
 * What is written: `node --import tsx bench/write.ts TOOLS DIR ROUNDS`, called by run.sh --write.
 * `build` against `cp -al` of the same upper layer, and `repair` against `check`.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { type Row, rounds, table } from "./measure.js";
import { call, check, options } from "./product.js";

const [tools = "", dir = "", count = "5"] = process.argv.slice(2);
const timer = `${tools}/timer`;
const image = `${dir}/unindexed.img`;
const disk = `${dir}/mnt-write.${process.pid}`;
const copy = `${dir}/write.${process.pid}.img`;

function run(command: readonly string[], expect: readonly number[] = [0]): void {
  const [program = "", ...args] = command;
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 30 });
  if (status === null || !expect.includes(status))
    throw new Error(`${command.join(" ")}: ${status} ${stderr}`);
}

/** A copy of the image, on the disk and mounted, with warm caches: what each run begins with. */
function begin(): void {
  run(["cp", "--sparse=always", image, copy]);
  run(["sync", copy]);
  run(["mount", "-o", "loop,noatime,noinit_itable", copy, disk]);
  run(check(disk), [0, 4]);
}

function end(): void {
  run(["umount", disk]);
  rmSync(copy);
}

/** However far it came. */
function clear(): void {
  spawnSync("umount", [disk]);
  rmSync(copy, { force: true });
  rmdirSync(disk);
}

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

mkdirSync(disk, { recursive: true });
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
  clear();
}
