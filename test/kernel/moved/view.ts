/** All that is to be seen through a mounted overlay: two views are equal, or something changed. */
import { createHash } from "node:crypto";
import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import { S_IFLNK, S_IFMT, sys } from "../../support/sys.js";
import { isDir, isFile, names, printable, under } from "../../support/tree.js";

const DIRECTORY = "mode=4";

/** By path: type, mode, owner, device, content, xattrs, and the first path of the same inode. */
export type View = ReadonlyMap<string, string>;

export function viewOf(mnt: Buffer): View {
  const view = new Map<string, string>();
  const first = new Map<string, string>();
  const visit = (dir: Buffer, rel: string): void => {
    for (const name of names(dir)) {
      const path = under(dir, name);
      const shown = rel === "" ? printable(name) : `${rel}/${printable(name)}`;
      const mode = sys.lookup(path);
      if (mode < 0) {
        view.set(shown, `fails ${mode}`);
        continue;
      }
      const stat = lstatSync(path);
      const key = `${stat.dev}:${stat.ino}`;
      const same = isDir({ mode }) ? "" : ` same=${first.get(key) ?? shown}`;
      if (!first.has(key)) first.set(key, shown);
      view.set(
        shown,
        `mode=${mode.toString(8)} owner=${stat.uid}:${stat.gid} rdev=${stat.rdev}${content(path, mode)}${xattrs(path)}${same}`,
      );
      if (isDir({ mode })) visit(path, shown);
    }
  };
  visit(mnt, "");
  return view;
}

function content(path: Buffer, mode: number): string {
  if (isFile({ mode }))
    return ` sha256=${createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16)}`;
  if ((mode & S_IFMT) !== S_IFLNK) return "";
  return ` target=${readlinkSync(path, { encoding: "buffer" }).toString("hex")}`;
}

function xattrs(path: Buffer): string {
  const list = sys.listxattr(path);
  if (typeof list === "number") return ` xattrs=${list}`;
  return list
    .toString("latin1")
    .split("\0")
    .slice(0, -1)
    .sort()
    .map((name) => {
      const value = sys.getxattr(path, Buffer.from(name, "latin1"));
      return ` ${name}=${typeof value === "number" ? value : value.toString("hex")}`;
    })
    .join("");
}

/** `splits`: files were said to show no longer under all their names. Then these may differ, and nothing else. */
export function compareViews(before: View, after: View, splits: boolean): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((path) => {
    const [a, b] = [before.get(path) ?? "nothing", after.get(path) ?? "nothing"];
    const isFileBoth =
      !a.startsWith(DIRECTORY) && !b.startsWith(DIRECTORY) && before.has(path) && after.has(path);
    return a === b || (splits && isFileBoth) ? [] : [`${path}: was ${a}, is ${b}`];
  });
}
