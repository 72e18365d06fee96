/** An overlay on ext4 that nfs-ganesha serves, in this process's own network. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Export, exportOf, Ganesha, raiseLoopback } from "../../src/lib/demo/ganesha.js";
import type { MountSpec } from "../../src/lib/mount/spec.js";
import { dump } from "./dump.js";
import { type OverlayMount, Stage } from "./mounts.js";
import { must, sys } from "./sys.js";

type Options = OverlayMount["options"];

export const EXPORTED: Options = [
  ["index", "on"],
  ["nfs_export", "on"],
  ["redirect_dir", "on"],
];
export const INDEX_OFF: Options = [
  ["index", "off"],
  ["redirect_dir", "on"],
];

const LAYERS = ["lower", "upper", "work"] as const;

let isApart = false;

export class Served {
  readonly #stage: Stage;

  private constructor() {
    if (!isApart) {
      must(sys.ownNetwork(), "unshare of the network");
      raiseLoopback();
      isApart = true;
    }
    this.#stage = Stage.create("ext4");
  }

  /** `fill` makes what is in lower, whose path it is given. */
  static make(fill: (lower: string) => void): Served {
    const served = new Served();
    served.#stage.mountDisks();
    for (const layer of LAYERS) mkdirSync(served.layer(layer));
    fill(served.layer("lower"));
    return served;
  }

  layer(name: string): string {
    return this.#stage.path(0, name).toString();
  }

  /** As a command is told of it. */
  get spec(): MountSpec {
    const { lower, upper, work } = this.#layers();
    return { source: "-o", lower, data: [], upper, work, options: { redirectDir: "on" } };
  }

  /** All that is in the layers. */
  dump(): string[] {
    return dump(LAYERS.map((name) => Buffer.from(this.layer(name))));
  }

  dispose(): void {
    this.#stage.dispose();
  }

  /** Mount it, do something in it, and unmount it. */
  async live<T>(options: Options, work: (at: string) => T | Promise<T>): Promise<T> {
    must(this.#stage.overlay({ ...this.#layers(), options }), "mount");
    try {
      return await work(this.#stage.mnt.toString());
    } finally {
      this.#stage.umountOverlay();
    }
  }

  #layers(): { lower: Buffer[]; upper: Buffer; work: Buffer } {
    const layer = (name: string): Buffer => Buffer.from(this.layer(name));
    return { lower: [layer("lower")], upper: layer("upper"), work: layer("work") };
  }

  /** Where it is mounted. */
  get mountpoint(): string {
    return this.#stage.mnt.toString();
  }

  /** Mount it and have it served while something is done. */
  serve<T>(work: (server: Ganesha, at: string) => Promise<T>, exported?: Export): Promise<T> {
    return this.live(EXPORTED, async (at) => {
      const server = await Ganesha.start(join(this.#stage.root, "nfs"), exported ?? exportOf(at));
      try {
        return await work(server, at);
      } finally {
        await server.stop();
      }
    });
  }
}
