/** A system of files in memory, as far as what is mounted where is read from it. */
import { type Files, files as hostFiles } from "../../../src/lib/host/files.js";
import type { LookupPlace } from "../../../src/lib/mount/tree-files.js";

/** Contents by path; `->` before it: a symlink. A path that others lie below is a directory. */
export type Tree = Readonly<Record<string, string>>;

const ENOENT = -2;
const EINVAL = -22;

export function placeIn(
  tree: Tree,
  { root = null, cwd = "/home" }: { root?: string | null; cwd?: string } = {},
): LookupPlace {
  const at = (path: Buffer): string | undefined => tree[path.toString("latin1")];
  const isDirectory = (path: Buffer): boolean =>
    Object.keys(tree).some((name) => name.startsWith(`${path.toString("latin1").replace(/\/$/, "")}/`));
  const files: Files = {
    ...hostFiles,
    read: (path) => {
      const content = at(path);
      if (content === undefined) return isDirectory(path) ? EINVAL : ENOENT;
      return content.startsWith("->") ? EINVAL : Buffer.from(content, "latin1");
    },
    readlink: (path) => {
      const content = at(path);
      return content?.startsWith("->") ? Buffer.from(content.slice(2), "latin1") : EINVAL;
    },
    list: (path) => {
      const begin = `${path.toString("latin1")}/`;
      const below = Object.keys(tree).flatMap((name) =>
        name.startsWith(begin) ? [name.slice(begin.length)] : [],
      );
      const names = [...new Set(below.map((name) => name.split("/")[0] ?? ""))];
      return names.length === 0 ? ENOENT : names.map((name) => Buffer.from(name, "latin1"));
    },
    stat: (path) => {
      const ino = Object.keys(tree).findIndex((name) => `${name}/`.startsWith(`${path.toString("latin1")}/`));
      return ino < 0 ? ENOENT : { dev: 1, ino, mode: 0o40755, uid: 0 };
    },
    locate: (path) => ({ path, mountId: 0 }),
  };
  return { root: root === null ? null : Buffer.from(root), cwd: Buffer.from(cwd), files };
}
