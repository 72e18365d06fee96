/**
 * fsck.overlay: `node --import tsx bench/fsck.ts TOOLS ROUNDS REDIRECTS10K REDIRECTS40K DUPLICATES10K DUPLICATES40K`,
 * called by run.sh --fsck. Four times the redirects are four times the work where the ratio to find stays what it is.
 */
import { type Row, rounds, table } from "./measure.js";
import { fsck } from "./product.js";

const [tools = "", count = "11", ...disks] = process.argv.slice(2);
const titles: readonly (readonly [title: string, exit: number])[] = [
  ["10,000 redirects", 0],
  ["40,000 redirects", 0],
  ["10,000 duplicates", 4],
  ["40,000 duplicates", 4],
];

for (const [i, [title, exit]] of titles.entries()) {
  const disk = disks[i] ?? "";
  const rows: Row[] = [
    {
      name: "find, stat of both layers",
      command: ["find", `${disk}/upper`, `${disk}/lower`, "-printf", "%i %s %p\n"],
    },
    { name: "fsck.overlay -n", command: fsck(disk), expect: [exit] },
  ];
  process.stdout.write(
    `${table(`${title}: wall time, find = 1`, rows, rounds(`${tools}/timer`, rows, Number(count)))}\n\n`,
  );
}
