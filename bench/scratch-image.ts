/** Runs that write: each begins with a copy of an image of its own. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmdirSync, rmSync } from "node:fs";
import { check } from "./product.js";

export function run(command: readonly string[], expect: readonly number[] = [0]): void {
  const [program = "", ...args] = command;
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 30 });
  if (status === null || !expect.includes(status))
    throw new Error(`${command.join(" ")}: ${status} ${stderr}`);
}

export class ScratchImage {
  /** Where the copy is mounted. */
  readonly disk: string;
  readonly #image: string;
  readonly #copy: string;

  /** `dir`: where `shape`.img is. */
  constructor(dir: string, shape: string) {
    this.disk = `${dir}/mnt-write.${process.pid}`;
    this.#image = `${dir}/${shape}.img`;
    this.#copy = `${dir}/write.${process.pid}.img`;
    mkdirSync(this.disk, { recursive: true });
  }

  /** A copy of the image, on the disk and mounted, with warm caches: what each run begins with. */
  readonly begin = (): void => {
    run(["cp", "--sparse=always", this.#image, this.#copy]);
    run(["sync", this.#copy]);
    run(["mount", "-o", "loop,noatime,noinit_itable", this.#copy, this.disk]);
    run(check(this.disk), [0, 4]);
  };

  readonly end = (): void => {
    run(["umount", this.disk]);
    rmSync(this.#copy);
  };

  /** However far it came. */
  clear(): void {
    spawnSync("umount", [this.disk]);
    rmSync(this.#copy, { force: true });
    rmdirSync(this.disk);
  }
}
