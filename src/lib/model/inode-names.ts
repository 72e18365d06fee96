/** The names of an inode in some layers. A handle of a file leads to its inode only; what it is called takes a walk. */
import { DT_DIR } from "../format/fileType.js";
import { HostError } from "../host/errno.js";
import { eachName } from "../host/listing.js";
import type { Native } from "../host/native.js";
import { join } from "../kernel/path.js";

/** A layer as far as it is walked. */
export interface Walked {
  readonly name: string;
  readonly fd: number;
  readonly prefix: string;
}

export interface InodeName {
  /** The layer's name. */
  readonly layer: string;
  readonly path: Buffer;
}

interface Found {
  readonly layer: Walked;
  readonly dir: Buffer;
  readonly name: Buffer;
}

/** Of everything but directories. One walk of all layers, kept in memory. */
export class InodeNames {
  readonly #native: Native;
  readonly #layers: readonly Walked[];
  #byIno: ReadonlyMap<number, readonly Found[]> | null = null;
  /** What was asked for last: it may have tens of thousands of names, each of which is asked about. */
  #last: { readonly dev: number; readonly ino: number; readonly names: readonly InodeName[] } | null = null;

  constructor(native: Native, layers: readonly Walked[]) {
    this.#native = native;
    this.#layers = layers;
  }

  /** Layer by layer in their order. All layers are walked when this is first called. @throws HostError */
  of({ dev, ino }: { readonly dev: number; readonly ino: number }): readonly InodeName[] {
    if (this.#last?.dev === dev && this.#last.ino === ino) return this.#last.names;
    const names = (this.#all().get(ino) ?? []).flatMap(({ layer, dir, name }) => {
      const path = join(dir, name);
      // Layers on several filesystems, and subvolumes of one, use the same numbers.
      const object = this.#native.examine(layer.fd, path, layer.prefix);
      const isIt = typeof object !== "number" && object.dev === dev && object.ino === ino;
      return isIt ? [{ layer: layer.name, path }] : [];
    });
    this.#last = { dev, ino, names };
    return names;
  }

  /** The names of each inode that has several in one layer. */
  linked(): readonly (readonly InodeName[])[] {
    const groups: (readonly InodeName[])[] = [];
    for (const found of this.#all().values()) {
      if (found.length < 2) continue;
      for (const layer of this.#layers) {
        const own = found.filter((one) => one.layer === layer);
        if (own.length > 1)
          groups.push(own.map(({ dir, name }) => ({ layer: layer.name, path: join(dir, name) })));
      }
    }
    return groups;
  }

  #all(): ReadonlyMap<number, readonly Found[]> {
    this.#byIno ??= this.#walk();
    return this.#byIno;
  }

  #walk(): Map<number, Found[]> {
    const byIno = new Map<number, Found[]>();
    for (const layer of this.#layers) {
      const waiting: Buffer[] = [Buffer.alloc(0)];
      for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
        const here = dir;
        const result = eachName(this.#native, layer.fd, here, (view, type, ino) => {
          const name = Buffer.from(view);
          if (type === DT_DIR) {
            waiting.push(join(here, name));
            return;
          }
          const found = { layer, dir: here, name };
          const others = byIno.get(ino);
          if (others === undefined) byIno.set(ino, [found]);
          else others.push(found);
        });
        if (result !== 0) throw new HostError("read", `${layer.name} ${here.toString()}`, result);
      }
    }
    return byIno;
  }
}
