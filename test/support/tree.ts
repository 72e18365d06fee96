/** What stands on disk in a layer, for damages and for the report of a seed. */
import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { must, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK, sys } from "./sys.js";

export interface Node {
  /** Absolute. */
  readonly path: Buffer;
  /** Below the scanned directory, without a leading slash. */
  readonly rel: Buffer;
  readonly name: Buffer;
  readonly mode: number;
  readonly ino: number;
  readonly nlink: number;
  readonly size: number;
  readonly rdev: number;
  /** Overlay xattrs by name after the prefix. */
  readonly xattrs: ReadonlyMap<string, Buffer>;
}

const SLASH = Buffer.from("/");

export function under(dir: Buffer, name: Buffer | string): Buffer {
  return Buffer.concat([dir, SLASH, typeof name === "string" ? Buffer.from(name) : name]);
}

export const isDir = (node: { mode: number }) => (node.mode & S_IFMT) === S_IFDIR;
export const isFile = (node: { mode: number }) => (node.mode & S_IFMT) === S_IFREG;
export const isWhiteout = (node: { mode: number; rdev: number }) =>
  (node.mode & S_IFMT) === S_IFCHR && node.rdev === 0;

/** A character device 0:0. */
export function makeWhiteout(path: Buffer): void {
  must(sys.mknod(path, S_IFCHR, 0, 0), "mknod of a whiteout");
}

/** Names of a directory in byte order; empty where it is not there. */
export function names(dir: Buffer): Buffer[] {
  try {
    return readdirSync(dir, { encoding: "buffer" }).sort(Buffer.compare);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

export function overlayXattrs(path: Buffer, prefix = "trusted.overlay."): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  const list = sys.listxattr(path);
  if (typeof list === "number") return found;
  for (const name of list.toString("latin1").split("\0").sort()) {
    if (!name.startsWith(prefix)) continue;
    const value = sys.getxattr(path, Buffer.from(name, "latin1"));
    if (typeof value !== "number") found.set(name.slice(prefix.length), value);
  }
  return found;
}

export function examine(path: Buffer, rel: Buffer, prefix?: string): Node {
  const stat = lstatSync(path);
  return {
    path,
    rel,
    name: rel.subarray(rel.lastIndexOf(0x2f) + 1),
    mode: stat.mode,
    ino: stat.ino,
    nlink: stat.nlink,
    size: stat.size,
    rdev: stat.rdev,
    xattrs: overlayXattrs(path, prefix),
  };
}

/** Everything below `dir`, parents before children, in byte order. `dir` itself is not in it. */
export function scan(dir: Buffer, prefix?: string): Node[] {
  const nodes: Node[] = [];
  const visit = (path: Buffer, rel: Buffer): void => {
    for (const name of names(path)) {
      const node = examine(under(path, name), rel.length === 0 ? name : under(rel, name), prefix);
      nodes.push(node);
      if (isDir(node)) visit(node.path, node.rel);
    }
  };
  visit(dir, Buffer.alloc(0));
  return nodes;
}

function kind(node: Node): string {
  if (isWhiteout(node)) return "whiteout";
  const types: Record<number, string> = {
    [S_IFDIR]: "dir",
    [S_IFREG]: "file",
    [S_IFLNK]: "symlink",
    [S_IFIFO]: "fifo",
    [S_IFSOCK]: "socket",
  };
  return types[node.mode & S_IFMT] ?? "device";
}

/** Bytes as one line of text: what is not printable ASCII is shown as \xNN, long runs of one letter as l{255}. */
export function printable(bytes: Buffer): string {
  return bytes
    .toString("latin1")
    .replace(/[^ -~]|\\/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`)
    .replace(/([a-z])\1{40,}/g, (run, letter: string) => `${letter}{${run.length}}`);
}

function value(name: string, bytes: Buffer): string {
  return name === "origin" || name === "upper" || name === "uuid"
    ? bytes.toString("hex") || "(empty)"
    : JSON.stringify(printable(bytes));
}

/** One line an object, overlay xattrs included. */
export function describe(node: Node): string {
  const xattrs = [...node.xattrs].map(([name, bytes]) => ` ${name}=${value(name, bytes)}`).join("");
  const target =
    (node.mode & S_IFMT) === S_IFLNK
      ? ` -> ${printable(readlinkSync(node.path, { encoding: "buffer" }))}`
      : "";
  const count = isDir(node) ? "" : ` nlink ${node.nlink}`;
  return `${kind(node).padEnd(8)} ${printable(node.rel)}${target}  ino ${node.ino}${count}${xattrs}`;
}
