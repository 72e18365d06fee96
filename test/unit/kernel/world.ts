import { encodeHandle } from "../../../src/lib/format/fileHandle.js";
import type { RawObject } from "../../../src/lib/host/native.js";
import type { Env, LayerPath } from "../../../src/lib/kernel/env.js";
import type { KernelVersion } from "../../../src/lib/layers/facts.js";
import type { Effective, Layer } from "../../../src/lib/layers/types.js";

/** An overlay of one upper and one lower layer on one filesystem, made of nothing but what is given. */

export const OLD: KernelVersion = { major: 6, minor: 1 };
export const NEW: KernelVersion = { major: 6, minor: 18 };

const UUID = Buffer.alloc(16, 7);
const S_IFREG = 0o100644;
const S_IFDIR = 0o040755;
const EMPTY = Buffer.alloc(0);

export interface Thing {
  readonly ino: number;
  readonly dir?: boolean;
  readonly size?: number;
  readonly xattrs?: Readonly<Record<string, Buffer | string>>;
  /** Of a directory that is outside of its layer: its path as the host tells it. */
  readonly outside?: string;
}

export function object(thing: Thing): RawObject {
  const xattrs = Object.entries(thing.xattrs ?? {}).map(
    ([name, value]) => [name, Buffer.isBuffer(value) ? value : Buffer.from(value)] as const,
  );
  return {
    dev: 1,
    ino: thing.ino,
    mode: thing.dir === true ? S_IFDIR : S_IFREG,
    nlink: 1,
    size: thing.size ?? 0,
    rdev: 0,
    ctimeNs: 0n,
    xattrs: new Map(xattrs),
    xattrError: 0,
    handle: { type: 1, bytes: fid(thing.ino) },
  };
}

function fid(ino: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(ino);
  return bytes;
}

/** The handle structure of a thing with this inode number. */
export function handleOf(ino: number, upper: boolean): Buffer {
  return encodeHandle({ type: 1, uuid: UUID, fid: fid(ino), upper });
}

function layer(index: number, role: Layer["role"]): Layer {
  const fs = {
    dev: 1,
    uuid: UUID,
    magic: 0xef53,
    name: "ext4",
    handles: true,
    namelen: 255,
    readonly: false,
    dtype: true,
  };
  const path = Buffer.from(`/${role}`);
  return {
    index,
    role,
    path,
    fd: index,
    dev: 1,
    ino: 1000 + index,
    fs,
    readonly: false,
    fsid: 0,
    badUuid: false,
  };
}

const OPTIONS: Effective = {
  index: false,
  nfsExport: false,
  metacopy: false,
  redirectFollow: true,
  redirectMode: "follow",
  uuid: "auto",
  userxattr: false,
  volatile: false,
  readonly: false,
  noxattr: false,
};

export interface World {
  readonly kernel: KernelVersion;
  readonly options?: Partial<Effective>;
  readonly upper?: Readonly<Record<string, Thing>>;
  readonly lower?: Readonly<Record<string, Thing>>;
  /** Things that only a handle leads to. */
  readonly loose?: readonly Thing[];
}

export function world(given: World): Env {
  const layers = [layer(0, "upper"), layer(1, "lower")] as const;
  const byPath = [given.upper ?? {}, given.lower ?? {}];
  const at = (one: Layer): LayerPath => ({ layer: one, path: EMPTY });
  return {
    options: { ...OPTIONS, ...given.options },
    kernel: given.kernel,
    view: {
      examine: ({ layer: { index }, path }) => {
        const thing = byPath[index]?.[path.toString()];
        return thing === undefined ? -2 : object(thing);
      },
      decode: (_layer, _type, bytes) => {
        const thing = given.loose?.find(({ ino }) => fid(ino).equals(bytes));
        return thing === undefined ? -116 : { ...object(thing), path: Buffer.from(thing.outside ?? "") };
      },
    },
    index: null,
    root: { upper: at(layers[0]), lower: [at(layers[1])] },
    data: [],
    traps: new Set(),
  };
}
