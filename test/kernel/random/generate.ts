/** Lower trees: every kind of object, hard links within a layer, and names that hurt. */
import { chmodSync, lchownSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { must, S_IFBLK, S_IFCHR, S_IFIFO, S_IFSOCK, sys } from "../../support/sys.js";
import { under } from "../../support/tree.js";
import type { Random } from "./prng.js";

/** A small pool, so that layers share names and merge; file names are bytes. */
export const NAMES: readonly Buffer[] = [
  "a",
  "b",
  "c",
  "d",
  "e",
  "f",
  "g",
  "dir",
  "sub",
  "lib",
  "data",
  "x y",
  "new\nline",
  "-dash",
  ".hidden",
  "#hash",
  "colon:comma,",
  "back\\slash",
  "ünï",
  "ffx",
]
  .map((name) => Buffer.from(name))
  .concat([Buffer.from([0xff, 0xfe, 0x62]), Buffer.from([0x61, 0x80]), Buffer.alloc(255, 0x6c)]);

const SIZES = [0, 1, 13, 512, 5000, 70000];

export function content(random: Random): Buffer {
  return Buffer.alloc(random.pick(SIZES), random.bytes(7));
}

/** Make a non-directory at `path`; `links` are objects that a hard link may be made to. */
export function createObject(random: Random, path: Buffer, links: readonly Buffer[]): void {
  const kind = random.weighted({ file: 55, link: 15, symlink: 12, fifo: 6, socket: 3, char: 4, block: 2 });
  const mode = random.pick([0o644, 0o600, 0o755, 0o444, 0o4755]);
  const to = kind === "link" ? random.maybe(links) : undefined;
  if (to) linkSync(to, path);
  else if (kind === "symlink")
    symlinkSync(random.pick(["nowhere", "a", "../b", "/etc/hostname", "dir/sub"]), path);
  else if (kind === "fifo") must(sys.mknod(path, S_IFIFO | mode, 0, 0), "mkfifo");
  else if (kind === "socket") must(sys.mknod(path, S_IFSOCK | mode, 0, 0), "mknod of a socket");
  else if (kind === "char") must(sys.mknod(path, S_IFCHR | mode, 1, random.pick([3, 5])), "mknod");
  else if (kind === "block") must(sys.mknod(path, S_IFBLK | mode, 7, 200), "mknod");
  else createFile(random, path, mode);
}

function createFile(random: Random, path: Buffer, mode: number): void {
  writeFileSync(path, content(random), { mode, flag: "wx" });
  if (random.chance(0.1)) lchownSync(path, 1000, 1000);
  if (random.chance(0.1)) sys.setxattr(path, Buffer.from("user.note"), random.bytes(random.int(0, 40)), 0);
}

/** Fill the directory `root` with about `count` objects. */
export function generateTree(random: Random, root: Buffer, count: number): void {
  const dirs: { path: Buffer; depth: number }[] = [{ path: root, depth: 0 }];
  const links: Buffer[] = [];
  const taken = new Set<string>();
  for (let made = 0; made < count; made++) {
    const parent = random.pick(dirs);
    const path = under(parent.path, random.pick(NAMES));
    const key = path.toString("latin1");
    // Paths stay well below PATH_MAX, whatever names come together.
    if (taken.has(key) || path.length > 1500) continue;
    taken.add(key);
    if (made < 3 || (random.chance(0.32) && parent.depth < 5)) {
      mkdirSync(path);
      chmodSync(path, random.pick([0o755, 0o755, 0o700, 0o1777]));
      dirs.push({ path, depth: parent.depth + 1 });
    } else {
      createObject(random, path, links);
      links.push(path);
    }
  }
}
