/** The layers of one seed while nothing is mounted over them: what damages read and write. */
import type { Stage } from "../../support/mounts.js";
import { must, S_IFMT, sys } from "../../support/sys.js";
import { examine, isDir, isWhiteout, type Node, printable, scan, under } from "../../support/tree.js";
import { NAMES } from "./generate.js";
import type { Random } from "./prng.js";
import type { Layout, Scenario } from "./scenario.js";

/** One way to hurt an overlay. `apply` tells what it did, or null where nothing was there to hurt. */
export interface Damage {
  readonly name: string;
  /** What somebody would have to do to get there. */
  readonly doc: string;
  readonly apply: (scene: Scene) => string | null;
}

/** Bytes of a handle structure before the real file system's handle. */
export const HEADER = 21;

export class Scene {
  readonly prefix: string;
  readonly index: Buffer;

  constructor(
    readonly random: Random,
    readonly stage: Stage,
    readonly what: Scenario,
    readonly where: Layout,
  ) {
    this.prefix = what.userxattr ? "user.overlay." : "trusted.overlay.";
    this.index = under(where.work, "index");
  }

  upper(): Node[] {
    return scan(this.where.upper, this.prefix);
  }

  lower(layer = this.random.int(0, this.where.lower.length - 1)): Node[] {
    return scan(this.where.lower[layer] as Buffer, this.prefix);
  }

  /**
   * Index entries; `#` temporaries are left out. In the order of the lower objects' paths:
   * names hold inode numbers, which are not the same on every run.
   */
  entries(): Node[] {
    const objects = new Map<string, string>();
    this.where.lower.forEach((layer, i) => {
      for (const node of scan(layer)) {
        const hex = this.handle(node.path).toString("hex");
        if (!objects.has(hex)) objects.set(hex, `${i} ${node.rel.toString("latin1")}`);
      }
    });
    const key = (node: Node) =>
      objects.get(node.name.toString("latin1")) ?? `~${node.name.toString("latin1")}`;
    return scan(this.index, this.prefix)
      .filter((node) => node.name[0] !== 0x23 && !node.rel.includes(0x2f))
      .map((node) => ({ node, key: key(node) }))
      .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
      .map(({ node }) => node);
  }

  node(path: Buffer): Node {
    return examine(path, path, this.prefix);
  }

  exists(path: Buffer): boolean {
    return sys.lookup(path) >= 0;
  }

  set(path: Buffer, name: string, value: Buffer | string): void {
    const bytes = typeof value === "string" ? Buffer.from(value, "latin1") : value;
    must(
      sys.setxattr(path, Buffer.from(this.prefix + name), bytes, 0),
      `setxattr ${name} ${printable(path)}`,
    );
  }

  unset(path: Buffer, name: string): void {
    must(sys.removexattr(path, Buffer.from(this.prefix + name)), `removexattr ${name} ${printable(path)}`);
  }

  /** The handle structure that the kernel writes for an object: `upper` is flag 4. */
  handle(path: Buffer, upper = false): Buffer {
    const real = sys.nameToHandle(path);
    if (typeof real === "number") throw new Error(`name_to_handle_at ${printable(path)}: ${real}`);
    const bytes = real.subarray(4);
    const disk = this.stage.disks.find((one) => path.subarray(0, one.dir.length).equals(one.dir));
    if (!disk) throw new Error("an object of no disk");
    const none = this.what.uuid[0] === "off" && !this.what.apart;
    const header = Buffer.from([0, 0xfb, HEADER + bytes.length, upper ? 4 : 0, real.readUInt32LE(0) & 0xff]);
    return Buffer.concat([header, none ? Buffer.alloc(16) : disk.uuid, bytes]);
  }

  /** A copied-up or merged object of the upper layer: one that has a real origin. */
  copiedUp(want: (node: Node) => boolean = () => true): Node | undefined {
    return this.random.maybe(
      this.upper().filter((node) => (node.xattrs.get("origin")?.length ?? 0) > HEADER && want(node)),
    );
  }

  /** A lower object that is not a whiteout. */
  lowerObject(want: (node: Node) => boolean = () => true): Node | undefined {
    return this.random.maybe(this.lower().filter((node) => !isWhiteout(node) && want(node)));
  }

  entry(want: (node: Node) => boolean = () => true): Node | undefined {
    return this.random.maybe(this.entries().filter(want));
  }

  upperDir(want: (node: Node) => boolean = () => true): Node | undefined {
    return this.random.maybe(this.upper().filter((node) => isDir(node) && want(node)));
  }

  /** A name that is not taken in a directory, or null where the one drawn is. */
  fresh(dir: Buffer): Buffer | null {
    const path = under(dir, this.random.pick(NAMES));
    return this.exists(path) ? null : path;
  }

  /** Overlay path of an object of some layer, as a redirect says it. */
  static absolute(node: Node): Buffer {
    return Buffer.concat([Buffer.from("/"), node.rel]);
  }
}

export const sameType = (a: Node, b: Node) => (a.mode & S_IFMT) === (b.mode & S_IFMT);
/** How a damage names its target. */
export const at = (node: Node) => printable(node.rel);

/** What a damage's action gave back: null means it did not fit, a string is added to its target. */
export function note(target: string, more: unknown): string | null {
  if (more === null) return null;
  return typeof more === "string" ? `${target} ${more}` : target;
}
