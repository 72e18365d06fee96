/** Changes and what stands on a disk, in few words. */
import { type Change, xattrKey } from "../../../src/lib/apply/change.js";
import type { Look, Sight } from "../../../src/lib/apply/judge.js";
import type { List } from "../../../src/lib/apply/rewind.js";
import type { OverlayPrefix } from "../../../src/lib/format/xattrNames.js";
import type { Likeness } from "../../../src/lib/host/writer.js";
import type { Place } from "../../../src/lib/plan/types.js";

/** "upper:dir/f" */
export function place(text: string): Place {
  const colon = text.indexOf(":");
  return { layer: text.slice(0, colon), path: Buffer.from(text.slice(colon + 1)) };
}

const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));

export const xattr = (
  at: string,
  ino: number,
  name: string,
  old: string | null,
  value: string | null,
  prefix?: OverlayPrefix,
): Change => ({
  op: "xattr",
  at: place(at),
  ino,
  name,
  ...(prefix === undefined ? {} : { prefix }),
  old: bytes(old),
  value: bytes(value),
});
export const link = (at: string, ino: number, from: string): Change => ({
  op: "link",
  at: place(at),
  ino,
  from: place(from),
});
export const unlink = (at: string, ino: number, other: string): Change => ({
  op: "unlink",
  at: place(at),
  ino,
  other: place(other),
});
export const rename = (at: string, ino: number, to: string): Change => ({
  op: "rename",
  at: place(at),
  ino,
  to: place(to),
});

/** Of every file of a {@link Tree}: a setuid program of 40 bytes. */
export const SIZE = 40;
export const LOOKS = { mode: 0o104755, capability: Buffer.from("cap"), atimeNs: 7n, mtimeNs: 8n };

export const fill = (at: string, ino: number): Change & { op: "fill" } => ({
  op: "fill",
  at: place(at),
  ino,
  from: place("lower[1]:from"),
  size: SIZE,
  looks: LOOKS,
});

/** Of every whiteout of a {@link Tree}. */
export const LIKE = {
  mode: 0o020000,
  uid: 1,
  gid: 2,
  atimeNs: -3n,
  mtimeNs: 4n,
  xattrs: [["security.selinux", Buffer.from("label")]],
} as const;

export const uncover = (
  at: string,
  ino: number,
  other: string | null = null,
): Change & { op: "uncover" } => ({
  op: "uncover",
  at: place(at),
  ino,
  like: LIKE,
  other: bytes(other),
});

type Content = NonNullable<ReturnType<Sight["content"]>>;

/** A tree in memory: inode numbers by path, xattrs and data by inode. */
export class Tree {
  /** What of a file's content is not as it is where it was never written to. */
  readonly contents = new Map<number, Partial<Content>>();
  readonly names = new Map<string, number>();
  /** Inodes that are whiteouts, and what is not as it is of the others. */
  readonly whiteouts = new Map<number, Partial<Likeness>>();
  readonly xattrs = new Map<number, Map<string, Buffer>>();

  constructor(names: Readonly<Record<string, number>>) {
    for (const [name, ino] of Object.entries(names)) this.names.set(name, ino);
  }

  readonly look: Look = ({ layer, path }, xattr) => {
    const ino = this.names.get(`${layer}:${path}`);
    const value = ino === undefined || xattr === null ? null : this.xattrs.get(ino)?.get(xattrKey(xattr));
    return ino === undefined ? null : { ino, value: value ?? null };
  };

  readonly content: Sight["content"] = ({ layer, path }) => {
    const ino = this.names.get(`${layer}:${path}`);
    return ino === undefined ? null : { ino, size: SIZE, data: 0, ...LOOKS, ...this.contents.get(ino) };
  };

  /** Inodes whose data is not that of the file below. */
  readonly own = new Set<number>();

  readonly isPart: Sight["isPart"] = ({ layer, path }) =>
    !this.own.has(this.names.get(`${layer}:${path}`) ?? -1);

  readonly attributes: Sight["attributes"] = ({ layer, path }) => {
    const ino = this.names.get(`${layer}:${path}`);
    if (ino === undefined) return null;
    const whiteout = this.whiteouts.get(ino);
    return { ...LIKE, rdev: 0, ...(whiteout ?? { mode: LOOKS.mode }) };
  };

  readonly list: List = ({ layer, path }) => {
    const below = path.length === 0 ? `${layer}:` : `${layer}:${path}/`;
    const names = [...this.names.keys()].filter((name) => name.startsWith(below) && name !== below);
    return names
      .map((name) => name.slice(below.length))
      .filter((name) => !name.includes("/"))
      .map((name) => Buffer.from(name));
  };

  make(change: Change): this {
    const at = `${change.at.layer}:${change.at.path}`;
    switch (change.op) {
      case "xattr": {
        const all = this.xattrs.get(change.ino) ?? new Map<string, Buffer>();
        if (change.value === null) all.delete(xattrKey(change));
        else all.set(xattrKey(change), change.value);
        this.xattrs.set(change.ino, all);
        break;
      }
      case "fill":
        this.contents.set(change.ino, { data: 12 });
        break;
      case "link":
        this.names.set(at, change.ino);
        break;
      case "uncover":
      case "unlink":
        this.names.delete(at);
        break;
      case "rename": {
        const to = `${change.to.layer}:${change.to.path}`;
        for (const [name, ino] of [...this.names]) {
          if (name !== at && !name.startsWith(`${at}/`)) continue;
          this.names.delete(name);
          this.names.set(to + name.slice(at.length), ino);
        }
        break;
      }
    }
    return this;
  }
}
