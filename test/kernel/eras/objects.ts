/** Objects told apart whatever becomes of their names: each has a number in an xattr, which every copy-up takes along. */
import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from "node:fs";
import { getAttributeSync, setAttributeSync } from "fs-xattr";
import { errnoName, must, S_IFDIR, S_IFMT, S_IFREG, sys } from "../../support/sys.js";
import { isWhiteout, names, scan, under } from "../../support/tree.js";

const NUMBER = "trusted.number";
const MARK = "trusted.mark";
const O_PATH = 0x200000;

/** A handle as a client holds it, and the number of what it stood for when it was given out. */
export interface ClientHandle {
  readonly path: Buffer;
  readonly number: number;
  readonly handle: Buffer;
}

/** What a name shows. */
export interface Shown {
  readonly path: Buffer;
  /** Null for what has come after all objects were numbered. */
  readonly number: number | null;
  /** Type, mode, owner and content. */
  readonly state: string;
}

/** What a handle leads to; or the errno's name. */
export type Opened = { readonly number: number | null; readonly state: string } | string;

export class Numbers {
  #last = 0;

  /** A number for each object below `root` that has none. */
  give(root: Buffer): void {
    for (const node of scan(root)) {
      if (isWhiteout(node) || numberAt(node.path) !== null) continue;
      must(sys.setxattr(node.path, Buffer.from(NUMBER), Buffer.from(`${++this.#last}`), 0), "setxattr");
    }
  }
}

export function numberAt(path: Buffer): number | null {
  const value = sys.getxattr(path, Buffer.from(NUMBER));
  return Buffer.isBuffer(value) ? Number(value.toString()) : null;
}

/** Of all objects below a mount's root that have a number. Encoding may copy up. */
export function takeHandles(mount: Buffer): ClientHandle[] {
  return walk(mount).flatMap(({ path, full }) => {
    const number = numberAt(full);
    const handle = sys.nameToHandle(full);
    return number === null || !Buffer.isBuffer(handle) ? [] : [{ path, number, handle }];
  });
}

/** Every name below a mount's root. */
export function show(mount: Buffer): Shown[] {
  return walk(mount).map(({ path, full }) => ({ path, number: numberAt(full), state: stateOf(full) }));
}

function walk(mount: Buffer): { path: Buffer; full: Buffer }[] {
  const all: { path: Buffer; full: Buffer }[] = [];
  const visit = (dir: Buffer, rel: Buffer): void => {
    for (const name of names(dir)) {
      const full = under(dir, name);
      const mode = sys.lookup(full);
      if (mode < 0) continue;
      const path = rel.length === 0 ? name : under(rel, name);
      all.push({ path, full });
      if ((mode & S_IFMT) === S_IFDIR) visit(full, path);
    }
  };
  visit(mount, Buffer.alloc(0));
  return all;
}

function stateOf(full: Buffer): string {
  const { mode, uid, gid } = lstatSync(full);
  const content = (mode & S_IFMT) === S_IFREG ? hash(readFileSync(full)) : "";
  return `${mode.toString(8)} ${uid}:${gid} ${content}`;
}

const hash = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

/** Handles of a mounted overlay, opened one by one. */
export class Opener {
  readonly #root: number;

  constructor(readonly mount: Buffer) {
    this.#root = openSync(mount, constants.O_RDONLY);
  }

  close(): void {
    closeSync(this.#root);
  }

  open({ handle }: ClientHandle): Opened {
    return this.#with(handle, (fd, at) => {
      const { mode, uid, gid } = fstatSync(fd);
      const content = (mode & S_IFMT) === S_IFREG ? hash(readFileSync(at)) : "";
      return { number: numberOf(at), state: `${mode.toString(8)} ${uid}:${gid} ${content}` };
    });
  }

  /** Write through a handle what a name can be asked for. */
  mark({ handle }: ClientHandle, value: string): string | null {
    return this.#with(handle, (_fd, at) => {
      setAttributeSync(at, MARK, Buffer.from(value));
      return null;
    });
  }

  /** The mark of what a handle leads to. */
  marked({ handle }: ClientHandle): string | null {
    return this.#with(handle, (_fd, at) => getAttributeSync(at, MARK).toString());
  }

  #with<T>(handle: Buffer, act: (fd: number, at: string) => T): T | string {
    const fd = sys.openByHandle(this.#root, handle, O_PATH);
    if (fd < 0) return errnoName(fd);
    try {
      // fs-xattr follows this link, and stops at what it leads to, be it a symlink.
      return act(fd, `/proc/self/fd/${fd}`);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? String(error);
    } finally {
      closeSync(fd);
    }
  }
}

export function markAt(path: Buffer): string | null {
  const value = sys.getxattr(path, Buffer.from(MARK));
  return Buffer.isBuffer(value) ? value.toString() : null;
}

function numberOf(at: string): number | null {
  try {
    return Number(getAttributeSync(at, NUMBER).toString());
  } catch {
    return null;
  }
}
