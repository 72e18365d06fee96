/** An overlay on ext4 with a past: exported, changed without its index, and about to be exported again. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MountSpec } from "../../src/lib/mount/spec.js";
import { dump } from "./dump.js";
import { Stage } from "./mounts.js";

type Options = readonly (readonly [string, string])[];

export const EXPORTED: Options = [
  ["index", "on"],
  ["nfs_export", "on"],
];
export const INDEX_OFF: Options = [["index", "off"]];

export class Past {
  readonly dir: string;
  readonly stage = Stage.create("ext4");

  /** lower has the files "a" and "b"; nothing was mounted yet. */
  constructor() {
    this.stage.mountDisks();
    this.dir = this.stage.dir;
    for (const layer of ["lower", "upper", "work"]) mkdirSync(join(this.dir, layer));
    for (const name of ["a", "b"]) writeFileSync(join(this.dir, "lower", name), "1");
  }

  dispose(): void {
    this.stage.dispose();
  }

  /** For `-o`. */
  get options(): string {
    return `lowerdir=${this.dir}/lower,upperdir=${this.dir}/upper,workdir=${this.dir}/work`;
  }

  /** As a command makes one of {@link options}. */
  spec(): MountSpec {
    return { source: "-o", ...this.#layers(), data: [], options: {} };
  }

  /** Mount it, do something in it, and unmount it. */
  live(options: Options, work: (at: string) => void): void {
    this.stage.withOverlay({ ...this.#layers(), options }, () => work(this.stage.mnt.toString()));
  }

  #layers(): { lower: Buffer[]; upper: Buffer; work: Buffer } {
    const layer = (name: string): Buffer => Buffer.from(join(this.dir, name));
    return { lower: [layer("lower")], upper: layer("upper"), work: layer("work") };
  }

  /** On, off: handles of "a" and "b" lead to the wrong place at the next export. */
  change(): void {
    this.live(EXPORTED, () => undefined);
    this.live(INDEX_OFF, (at) => {
      writeFileSync(join(at, "a"), "2");
      rmSync(join(at, "b"));
    });
  }

  /** All layers, journals aside. */
  dump(): string[] {
    return dump(["lower", "upper", "work"].map((name) => Buffer.from(join(this.dir, name))));
  }

  /** Text without what is different every time: where it lies, inodes in handles, and what the kernel defaults to. */
  shown(text: string): string {
    return text
      .replaceAll(this.dir, "/ovl")
      .replaceAll(/ redirect_dir=.*/g, " ...")
      .replaceAll(/00fb[0-9a-f]{8}\.{3}[0-9a-f]{12}/g, "00fb...")
      .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, "DATE");
  }
}
