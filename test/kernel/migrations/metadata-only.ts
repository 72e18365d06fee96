/** An overlay with files of which only the metadata was copied up, of every kind that the kernel makes. */
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { native } from "../../../src/lib/host/addon.js";
import type { MountSpec } from "../../../src/lib/mount/spec.js";
import { dump } from "../../support/dump.js";
import { type FsType, type OverlayMount, Stage } from "../../support/mounts.js";
import { must, sys } from "../../support/sys.js";
import { isFile, printable, scan } from "../../support/tree.js";

type Options = OverlayMount["options"];

export const METADATA: Options = [
  ["index", "on"],
  ["nfs_export", "off"],
  ["metacopy", "on"],
  ["redirect_dir", "on"],
];
export const EXPORTED: Options = [
  ["index", "on"],
  ["nfs_export", "on"],
  ["metacopy", "off"],
  ["redirect_dir", "on"],
];

const KIB = 1024;
const MIB = KIB * KIB;
/** vfs_cap_data of revision 2: cap_net_raw, effective. */
const CAPABILITY = Buffer.from("0100000200200000000000000000000000000000", "hex");
const OLD = new Date("2003-04-05T06:07:08.009Z");
const OLDER = new Date("2001-02-03T04:05:06.007Z");

export class MetadataOnly {
  readonly stage: Stage;

  /** `disks`: 2 has the lower layers on a filesystem of their own. `data`: below all is a data-only layer. */
  constructor(
    readonly fs: FsType,
    readonly disks: 1 | 2 = 1,
    readonly data = false,
  ) {
    this.stage = Stage.create(fs, disks);
    this.stage.mountDisks();
    for (const layer of ["lower", "middle", "data", "upper", "work", "work2"]) mkdirSync(this.at(layer));
  }

  dispose(): void {
    this.stage.dispose();
  }

  at(where: string): string {
    const isLower = /^(lower|middle|work2|data)/.test(where);
    return this.stage.path(isLower ? this.disks - 1 : 0, where).toString();
  }

  mount(options: Options): OverlayMount {
    const lower = ["middle", "lower", ...(this.data ? ["", "data"] : [])];
    return {
      lower: lower.map((name) => Buffer.from(name === "" ? "" : this.at(name))),
      upper: Buffer.from(this.at("upper")),
      work: Buffer.from(this.at("work")),
      options,
    };
  }

  spec(): MountSpec {
    const layer = (name: string) => Buffer.from(this.at(name));
    return {
      source: "-o",
      lower: [layer("middle"), layer("lower")],
      data: this.data ? [layer("data")] : [],
      upper: layer("upper"),
      work: layer("work"),
      options: { redirectDir: "on" },
    };
  }

  live<T>(options: Options, act: (at: string) => T): T {
    return this.stage.withOverlay(this.mount(options), () => act(this.stage.mnt.toString()));
  }

  /** `chains`: the middle layer was an upper one, and has files with metadata only itself. */
  build(chains: boolean): void {
    this.#lower();
    if (chains) this.#makeChains();
  }

  #makeChains(): void {
    const { stage } = this;
    const middle: OverlayMount = {
      lower: [Buffer.from(this.at("lower"))],
      upper: Buffer.from(this.at("middle")),
      work: Buffer.from(this.at("work2")),
      options: METADATA,
    };
    stage.withOverlay(middle, () => {
      const at = (name: string) => join(stage.mnt.toString(), name);
      chmodSync(at("chain"), 0o640);
      renameSync(at("moved"), at("chain of redirects"));
    });
  }

  /** Only metadata is copied up. */
  touch(): void {
    this.live(METADATA, (mnt) => {
      const at = (name: string) => join(mnt, name);
      for (const name of ["small", "empty", "hole", "sparse", "chain"]) chmodSync(at(name), 0o600);
      chownSync(at("large"), 12, 34);
      must(sys.setxattr(Buffer.from(at("xattr")), Buffer.from("user.x"), Buffer.from("1"), 0), "setxattr");
      const capability = Buffer.from("security.capability");
      must(sys.setxattr(Buffer.from(at("capable")), capability, CAPABILITY, 0), "setxattr");
      chownSync(at("setuid"), 1000, 1000);
      chmodSync(at("setuid"), 0o6755);
      chmodSync(at("link1"), 0o604);
      renameSync(at("link2"), at("link2 renamed"));
      chmodSync(at("gone1"), 0o604);
      rmSync(at("gone1"));
      renameSync(at("renamed"), at("dir/renamed"));
      renameSync(at("dir"), at("other"));
      chmodSync(at("other/deep/inner"), 0o600);
      renameSync(at(existsSync(at("moved")) ? "moved" : "chain of redirects"), at("moved again"));
      linkSync(at("linked"), at("linked too"));
      if (this.data) chmodSync(at("below"), 0o600);
      for (const name of ["sparse", "large", "capable", "setuid"]) utimesSync(at(name), OLDER, OLD);
    });
  }

  /** What every name shows, without its inode number and links: an indexed file counts its entry. ovl_get_nlink() */
  shown(options: Options): string[] {
    return this.live(options, (mnt) =>
      dump([Buffer.from(mnt)]).map((line) => line.replace(/ (ino|nlink)=\d+/g, "")),
    );
  }

  /** Everything in all layers: times of directories, and of files, too. */
  dump(): string[] {
    const layers = ["upper", "work", "middle", "lower", "data"].map((name) => Buffer.from(this.at(name)));
    return [...dump(layers, { times: true }), ...this.filesOf("upper").map(({ text }) => text)];
  }

  /** Each file of a layer: its times, and how many bytes of it are in no hole. */
  filesOf(layer: string): { name: string; data: number; times: string; text: string }[] {
    const root = native.openLayer(Buffer.from(this.at(layer)));
    if (typeof root === "number") throw new Error(`open ${layer}: ${root}`);
    try {
      return scan(Buffer.from(this.at(layer)))
        .filter(isFile)
        .map(({ rel }) => {
          const content = native.content(root.fd, rel);
          if (typeof content === "number") throw new Error(`${rel}: ${content}`);
          const { data, atimeNs, mtimeNs } = content;
          const [name, times] = [printable(rel), `${atimeNs} ${mtimeNs}`];
          return { name, data, times, text: `${name} ${data} ${times}` };
        });
    } finally {
      native.close(root.fd);
    }
  }

  #lower(): void {
    const lower = (name: string) => join(this.at("lower"), name);
    mkdirSync(lower("dir"));
    mkdirSync(lower("dir/deep"));
    for (const name of ["small", "xattr", "capable", "setuid", "renamed", "chain", "moved"])
      writeFileSync(lower(name), `data of ${name}\n`);
    writeFileSync(lower("dir/deep/inner"), "i".repeat(5000));
    writeFileSync(lower("linked"), "linked");
    writeFileSync(lower("untouched"), "untouched");
    writeFileSync(lower("empty"), "");
    for (const name of ["link", "gone"]) {
      writeFileSync(lower(`${name}1`), `a hard ${name}`);
      for (const i of [2, 3]) linkSync(lower(`${name}1`), lower(`${name}${i}`));
    }
    sparse(lower("hole"), MIB, []);
    sparse(lower("sparse"), 6 * MIB + 5, [0, MIB, MIB + 64 * KIB, 6 * MIB]);
    writeFileSync(lower("large"), Buffer.alloc(4 * MIB + 4097, "large file, "));
    if (!this.data) return;
    sparse(join(this.at("data"), "blob"), 2 * MIB, [128 * KIB]);
    sparse(lower("below"), 2 * MIB, []);
    const set = (name: string, value: string) =>
      must(
        sys.setxattr(
          Buffer.from(lower("below")),
          Buffer.from(`trusted.overlay.${name}`),
          Buffer.from(value),
          0,
        ),
        "setxattr",
      );
    set("metacopy", "");
    set("redirect", "/blob");
  }
}

/** A file with 5 bytes at each of these places, and holes. */
function sparse(path: string, size: number, places: readonly number[]): void {
  const fd = openSync(path, "w");
  ftruncateSync(fd, size);
  for (const place of places) writeSync(fd, "data!", place);
  closeSync(fd);
}
