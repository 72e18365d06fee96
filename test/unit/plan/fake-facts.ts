/**
 * {@link Facts} of an overlay that is made up: objects put in layers one by one. Lookups merge by name alone, and follow
 * the origin of a file; whatever else a test needs of them it sets itself.
 */
import { encodeHandle } from "../../../src/lib/format/fileHandle.js";
import { typeOfMode } from "../../../src/lib/format/fileType.js";
import { TRUSTED_PREFIX } from "../../../src/lib/format/xattrNames.js";
import type { Attributes, Content, RawObject, VerityDigest } from "../../../src/lib/host/native.js";
import { type Found, isDir, isWhiteoutDevice } from "../../../src/lib/kernel/env.js";
import type { Lookup } from "../../../src/lib/kernel/lookup.js";
import { join } from "../../../src/lib/kernel/path.js";
import type { Effective, Layer } from "../../../src/lib/layers/types.js";
import type { Require } from "../../../src/lib/mount/spec.js";
import type { Claimant, DirectoryEntry, Facts, Lower } from "../../../src/lib/plan/facts.js";
import type { Place } from "../../../src/lib/plan/types.js";

export const TYPES = {
  file: 0o100644,
  directory: 0o040755,
  symlink: 0o120777,
  fifo: 0o010644,
  whiteout: 0o020000,
} as const;

export interface Made {
  readonly ino?: number;
  readonly nlink?: number;
  readonly size?: number;
  readonly xattrs?: Readonly<Record<string, Buffer | string>>;
}

const UUID = Buffer.alloc(16, 7);
const INDEX = Buffer.from("index/");

export class FakeFacts implements Facts {
  require: Require = "nfs-export";
  era = true;
  readonly lowers: readonly string[];
  readonly prefix = TRUSTED_PREFIX;
  readonly options: Effective = {
    index: true,
    nfsExport: true,
    metacopy: false,
    redirectFollow: true,
    redirectMode: "on",
    uuid: "auto",
    userxattr: false,
    volatile: false,
    readonly: false,
    noxattr: false,
  };
  /** Answers that differ from what a merge by name gives: by view and path. */
  readonly lookups = new Map<string, Lookup>();
  /** Lower objects below tombstones, by handle in hex; null: the mount is refused. */
  buried: Set<string> | null = new Set();
  /** Where the data of metadata-only files is, by path, or the errno of that lookup. */
  readonly data = new Map<string, (Lower & { readonly place: Place }) | number>();
  /** Data of files, by "layer path"; others are holes. */
  readonly contents = new Map<string, string>();
  /** Layers on another filesystem than the work directory. */
  readonly apart = new Set<string>();
  readonly digests = new Map<string, VerityDigest | number>();
  readonly #objects = new Map<string, { readonly at: Place; readonly object: RawObject }>();
  #nextIno = 100;

  constructor(lowers = 1) {
    this.lowers = Array.from({ length: lowers }, (_, i) => `lower[${i + 1}]`);
    for (const layer of ["upper", ...this.lowers]) this.put(layer, "", "directory");
    this.put("work", "index", "directory");
  }

  /** Put an object somewhere; one inode under several names is put several times with its number. */
  put(layer: string, path: string | Buffer, type: keyof typeof TYPES, made: Made = {}): RawObject {
    const at = { layer, path: Buffer.from(path) };
    const ino = made.ino ?? this.#nextIno++;
    const xattrs = Object.entries(made.xattrs ?? {}).map(
      ([name, value]) => [name, Buffer.from(value as Buffer)] as const,
    );
    const object: RawObject = {
      dev: 1,
      ino,
      mode: TYPES[type],
      nlink: made.nlink ?? 1,
      size: made.size ?? 0,
      rdev: 0,
      ctimeNs: BigInt(ino) * 1000n,
      xattrs: new Map(xattrs),
      xattrError: 0,
      handle: { type: 1, bytes: fid(ino) },
    };
    this.#objects.set(key(at), { at, object });
    return object;
  }

  /** An index entry by the name of the lower object's handle. */
  entry(fh: Buffer, type: keyof typeof TYPES, made: Made = {}): RawObject {
    return this.put("work", Buffer.concat([INDEX, Buffer.from(fh.toString("hex"))]), type, made);
  }

  remove(layer: string, path: string): void {
    this.#objects.delete(key({ layer, path: Buffer.from(path) }));
  }

  /** The handle structure of an object by its inode number; `upper`: flag 4. */
  static handle(ino: number, upper = false): Buffer {
    return encodeHandle({ type: 1, uuid: UUID, fid: fid(ino), upper });
  }

  otherXattrs(): ReadonlyMap<string, Buffer> {
    return new Map();
  }

  examine(at: Place): RawObject | null {
    return this.#objects.get(key(at))?.object ?? null;
  }

  list({ layer, path }: Place): readonly Buffer[] {
    const prefix = path.length === 0 ? "" : `${path.toString("latin1")}/`;
    return this.#in(layer)
      .map(({ at }) => at.path.toString("latin1"))
      .filter((p) => p !== "" && p.startsWith(prefix) && !p.slice(prefix.length).includes("/"))
      .map((p) => Buffer.from(p.slice(prefix.length), "latin1"));
  }

  entries(at: Place): readonly DirectoryEntry[] {
    return this.list(at).flatMap((name) => {
      const object = this.examine({ layer: at.layer, path: join(at.path, name) });
      return object === null ? [] : [{ name, ino: object.ino, type: typeOfMode(object.mode) }];
    });
  }

  plain(path: Buffer): Lookup {
    return this.lookups.get(`plain ${path.toString("latin1")}`) ?? this.#merge(path, true);
  }

  required(path: Buffer): Lookup {
    return this.lookups.get(`required ${path.toString("latin1")}`) ?? this.#merge(path, true);
  }

  lowerAt(path: Buffer): Lookup {
    return this.#merge(path, false);
  }

  dataOf(path: Buffer): (Lower & { readonly place: Place }) | number {
    return this.data.get(path.toString("latin1")) ?? 2;
  }

  content(at: Place): Content | null {
    const object = this.examine(at);
    if (object === null) return null;
    const { dev, ino, mode, size, ctimeNs } = object;
    const bytes = this.contents.get(key(at))?.length ?? 0;
    return { dev, ino, mode, size, ctimeNs, data: bytes, atimeNs: 1n, mtimeNs: 2n, capability: null };
  }

  attributes(at: Place): Attributes | null {
    const object = this.examine(at);
    if (object === null) return null;
    const { dev, ino, mode, rdev, ctimeNs } = object;
    const xattrs = [...object.xattrs].flatMap(([name, value]) =>
      Buffer.isBuffer(value) ? [[this.prefix + name, value] as const] : [],
    );
    return { dev, ino, mode, rdev, ctimeNs, uid: 0, gid: 0, flags: 0, atimeNs: 1n, mtimeNs: 2n, xattrs };
  }

  isApart({ layer }: Place): boolean {
    return this.apart.has(layer);
  }

  verity(at: Place): VerityDigest | number {
    return this.digests.get(key(at)) ?? -61;
  }

  sameData(one: Place, other: Place): boolean {
    return this.contents.get(key(one)) === this.contents.get(key(other));
  }

  decode(fh: Buffer): Lower | null {
    for (const layer of this.lowers) {
      for (const { at, object } of this.#in(layer)) {
        if (FakeFacts.handle(object.ino).equals(fh)) return { place: isDir(object) ? at : null, object };
      }
    }
    return null;
  }

  encode(at: Place): Buffer | null {
    const object = this.examine(at);
    return object === null ? null : FakeFacts.handle(object.ino, at.layer === "upper");
  }

  decodeUpper(fh: Buffer): Buffer | null {
    const found = this.#in("upper").find(({ object }) => FakeFacts.handle(object.ino, true).equals(fh));
    return found !== undefined && isDir(found.object) ? found.at.path : null;
  }

  claimants(fh: Buffer): readonly Claimant[] {
    const inos = new Set(
      this.#in("upper")
        .filter(({ at, object }) => at.path.length > 0 && isOrigin(object, fh))
        .map(({ object }) => object.ino),
    );
    return [...inos].map((ino) => {
      const isDirectory = this.#in("upper").some(({ object }) => object.ino === ino && isDir(object));
      return { ino, isDir: isDirectory, paths: this.upperNames(ino) };
    });
  }

  *origins(): Generator<readonly [fh: Buffer, claimants: readonly Claimant[]]> {
    const told = new Set<string>();
    for (const { object } of this.#in("upper").filter(({ at }) => at.path.length > 0)) {
      const origin = object.xattrs.get("origin");
      if (!Buffer.isBuffer(origin) || told.has(origin.toString("hex"))) continue;
      told.add(origin.toString("hex"));
      yield [origin, this.claimants(origin)];
    }
  }

  lowerNames({ dev, ino }: Pick<RawObject, "dev" | "ino">): readonly Place[] {
    const all = this.lowers.flatMap((layer) => this.#in(layer));
    return all.filter(({ object }) => object.dev === dev && object.ino === ino).map(({ at }) => at);
  }

  lowerLinks(): readonly (readonly Place[])[] {
    const linked = this.lowers.flatMap((layer) => this.#in(layer)).filter(({ object }) => object.nlink > 1);
    const byIno = new Map(linked.map(({ object }) => [object.ino, object]));
    return [...byIno.values()].map((object) => this.lowerNames(object));
  }

  isBuried(fh: Buffer): boolean | null {
    return this.buried === null ? null : this.buried.has(fh.toString("hex"));
  }

  upperNames(ino: number): readonly Buffer[] {
    return this.#in("upper")
      .filter(({ object }) => object.ino === ino)
      .map(({ at }) => at.path);
  }

  #in(layer: string) {
    return [...this.#objects.values()].filter(({ at }) => at.layer === layer);
  }

  #merge(path: Buffer, withUpper: boolean): Lookup {
    const found = (layer: string): Found[] => {
      const object = this.examine({ layer, path });
      return object === null ? [] : [{ layer: layerOf(layer), path, object }];
    };
    const upper = withUpper ? (found("upper")[0] ?? null) : null;
    const negative: Lookup = { kind: "negative", events: [], opaque: false };
    if (upper !== null && isWhiteoutDevice(upper.object)) return negative;
    const isOpaque = upper?.object.xattrs.get("opaque")?.toString() === "y";
    const below = isOpaque ? [] : this.lowers.flatMap(found);
    const top = upper ?? below[0];
    if (top === undefined || isWhiteoutDevice(top.object)) return negative;
    const end = below.findIndex(({ object }) => !isDir(object));
    const lower = isDir(top.object)
      ? below.slice(0, end < 0 ? below.length : end)
      : upper === null
        ? below.slice(0, 1)
        : this.#originOf(upper.object);
    return {
      kind: "found",
      isDir: isDir(top.object),
      upper,
      lower,
      lowerFh: lower[0] === undefined ? null : FakeFacts.handle(lower[0].object.ino),
      indexed: false,
      redirect: null,
      redirected: null,
      opaque: isOpaque,
      events: [],
    };
  }

  #originOf(object: RawObject): Found[] {
    const origin = object.xattrs.get("origin");
    const lower = Buffer.isBuffer(origin) ? this.decode(origin) : null;
    return lower === null
      ? []
      : [{ layer: layerOf("lower[1]"), path: Buffer.alloc(0), object: lower.object }];
  }
}

const key = ({ layer, path }: Place): string => `${layer} ${path.toString("latin1")}`;

function fid(ino: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(ino, 0);
  return bytes;
}

function isOrigin(object: RawObject, fh: Buffer): boolean {
  const origin = object.xattrs.get("origin");
  return Buffer.isBuffer(origin) && origin.equals(fh);
}

function layerOf(name: string): Layer {
  const index = Number(/\d+/.exec(name)?.[0] ?? 0);
  return { role: name === "upper" ? "upper" : "lower", index } as Layer;
}
