/** Everything that stands in directories, as lines that can be compared: two dumps are equal, or something changed. */
import { createHash } from "node:crypto";
import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import { S_IFCHR, S_IFMT, sys } from "./sys.js";
import { isDir, isFile, names, printable, under } from "./tree.js";

export interface DumpOptions {
  /** Access and modification times of directories too. */
  readonly times?: boolean;
  /** Whiteouts as one that is made anew can be: with their times, and without their inode numbers. */
  readonly whiteouts?: boolean;
}

/** The journals' own folder in a work directory: the one thing that a change may leave behind. */
const JOURNALS = "ovl-index";

/**
 * One line an object, below each of `paths` and of these themselves: name, inode, type and mode, links, owner, size,
 * device, hash of the content, every xattr. In byte order; the folder of journals at the top of a path left out.
 */
export function dump(paths: readonly Buffer[], options: DumpOptions = {}): string[] {
  const lines: string[] = [];
  const visit = (path: Buffer, shown: string): void => {
    lines.push(line(path, shown, options));
    if (!isDir(lstatSync(path))) return;
    for (const name of names(path)) {
      if (name.toString("latin1") === JOURNALS && paths.includes(path)) continue;
      visit(under(path, name), `${shown}/${printable(name)}`);
    }
  };
  for (const path of paths) visit(path, printable(path.subarray(path.lastIndexOf(0x2f) + 1)));
  return lines;
}

function line(path: Buffer, shown: string, { times, whiteouts }: DumpOptions): string {
  const stat = lstatSync(path, { bigint: true });
  const mode = Number(stat.mode);
  const isMadeAnew = whiteouts === true && (mode & S_IFMT) === S_IFCHR && stat.rdev === 0n;
  const parts = [
    shown,
    ...(isMadeAnew ? [] : [`ino=${stat.ino}`]),
    `mode=${mode.toString(8)}`,
    // Filesystems count a directory's links and bytes in their own ways, and some never give space back.
    ...(isDir({ mode }) ? [] : [`nlink=${stat.nlink}`, `size=${stat.size}`, `rdev=${stat.rdev}`]),
    `owner=${stat.uid}:${stat.gid}`,
    ...((times === true && isDir({ mode })) || isMadeAnew
      ? [`atime=${stat.atimeNs}`, `mtime=${stat.mtimeNs}`]
      : []),
    ...content(path, mode),
    ...xattrs(path),
  ];
  return parts.join(" ");
}

function content(path: Buffer, mode: number): string[] {
  if (isFile({ mode })) return [`sha256=${createHash("sha256").update(readFileSync(path)).digest("hex")}`];
  if ((mode & S_IFMT) === 0o120000)
    return [`target=${printable(readlinkSync(path, { encoding: "buffer" }))}`];
  return [];
}

function xattrs(path: Buffer): string[] {
  const list = sys.listxattr(path);
  if (typeof list === "number") return [`xattrs=${list}`];
  const all = list.toString("latin1").split("\0").slice(0, -1).sort();
  return all.map((name) => {
    const value = sys.getxattr(path, Buffer.from(name, "latin1"));
    return `${name}=${typeof value === "number" ? value : value.toString("hex")}`;
  });
}
