/**
 * The demonstration's overlay: an ext4 image on a loop device, in a mount namespace of its own.
 *
 * Everything lies in a tmpfs that only this namespace sees, and the loop device frees itself, so
 * that the kernel takes all of it away with the last process in here, however that ends.
 */
import { runProgram } from "../host/processes.js";
import { makeDirectory, writeText } from "../host/scratch.js";

/** Something that the demonstration needs did not work. */
export class StageError extends Error {
  override readonly name = "StageError";
}

function must(program: string, ...args: string[]): void {
  const ran = runProgram(program, args);
  if (ran.code !== 0)
    throw new StageError(`${program} ${args.join(" ")}: ${ran.stderr.trim() || `exit code ${ran.code}`}`);
}

/** Size of the image; it is sparse. */
const IMAGE_SIZE = "64M";

export class Stage {
  private mounted = false;
  private readonly disk: string;
  private readonly image: string;
  private readonly remembered: string;
  readonly merged: string;

  constructor(private readonly root: string) {
    this.disk = `${root}/disk`;
    this.image = `${root}/disk.img`;
    this.remembered = `${root}/remembered.img`;
    this.merged = `${root}/merged`;
  }

  /** Make the disk and the layers, with `files` in lower. */
  build(files: Readonly<Record<string, string>>): void {
    must("mount", "-t", "tmpfs", "-o", "mode=755,size=256m", "tmpfs", this.root);
    must("truncate", "-s", IMAGE_SIZE, this.image);
    must("mkfs.ext4", "-q", "-F", this.image);
    for (const path of [this.disk, this.merged]) makeDirectory(path);
    this.mountDisk();
    for (const layer of ["lower", "upper", "work"]) makeDirectory(`${this.disk}/${layer}`);
    for (const [name, text] of Object.entries(files)) writeText(`${this.disk}/lower/${name}`, text);
  }

  /** The options of a mount, with the layers. */
  options(features: string): string {
    const layers = `lowerdir=${this.disk}/lower,upperdir=${this.disk}/upper,workdir=${this.disk}/work`;
    return `${layers},${features}`;
  }

  mount(features: string): void {
    must("mount", "-t", "overlay", "overlay", "-o", this.options(features), this.merged);
    this.mounted = true;
  }

  umount(): void {
    if (!this.mounted) return;
    must("umount", this.merged);
    this.mounted = false;
  }

  /** Keep the disk as it is now; nothing is mounted on it. */
  remember(): void {
    this.withoutDisk(() => must("cp", "--sparse=always", this.image, this.remembered));
  }

  /** Go back to what was remembered: the same inodes, and so the same handles. */
  goBack(): void {
    this.withoutDisk(() => must("cp", "--sparse=always", this.remembered, this.image));
  }

  private withoutDisk(change: () => void): void {
    must("umount", this.disk);
    change();
    this.mountDisk();
  }

  private mountDisk(): void {
    must("mount", "-o", "loop", this.image, this.disk);
  }

  path(name: string): string {
    return `${this.merged}/${name}`;
  }

  dispose(): void {
    if (this.mounted) runProgram("umount", ["-l", this.merged]);
    runProgram("umount", ["-l", this.disk]);
    runProgram("umount", ["-l", this.root]);
  }
}
