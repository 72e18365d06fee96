/** Random work through a mounted overlay: what users do to files. */
import {
  chmodSync,
  closeSync,
  constants,
  ftruncateSync,
  lchownSync,
  linkSync,
  mkdirSync,
  openSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { must, RENAME_EXCHANGE, S_IFDIR, S_IFMT, S_IFREG, sys } from "../../support/sys.js";
import { names, under } from "../../support/tree.js";
import { content, createObject, NAMES } from "./generate.js";
import type { Random } from "./prng.js";

interface Seen {
  readonly path: Buffer;
  readonly mode: number;
}

function look(root: Buffer): Seen[] {
  const seen: Seen[] = [];
  const visit = (dir: Buffer): void => {
    for (const name of names(dir)) {
      const path = under(dir, name);
      const mode = sys.lookup(path);
      if (mode < 0) continue;
      seen.push({ path, mode });
      if ((mode & S_IFMT) === S_IFDIR && path.length < 1500) visit(path);
    }
  };
  visit(root);
  return seen;
}

/** rm -r */
export function removeTree(path: Buffer): void {
  const mode = sys.lookup(path);
  if (mode < 0) return;
  if ((mode & S_IFMT) !== S_IFDIR) {
    unlinkSync(path);
    return;
  }
  for (const name of names(path)) removeTree(under(path, name));
  rmdirSync(path);
}

/** rename(2), with flags of renameat2(2). */
export type Rename = (from: Buffer, to: Buffer, flags: number) => void;

const renameFreely: Rename = (from, to, flags) => void must(sys.rename(from, to, flags), "rename");

/** Everything that a step may touch, as it was a few steps ago. */
interface World {
  readonly random: Random;
  readonly rename: Rename;
  readonly root: Buffer;
  readonly all: readonly Seen[];
  readonly dirs: readonly Buffer[];
  readonly files: readonly Buffer[];
  readonly others: readonly Buffer[];
}

const freshName = (world: World) =>
  under(world.random.pick([world.root, ...world.dirs]), world.random.pick(NAMES));

/** Another name may have come where a file was: never wait for a reader of a fifo. */
function withFile(path: Buffer, flags: number, act: (fd: number) => void): void {
  const fd = openSync(path, flags | constants.O_NONBLOCK);
  try {
    act(fd);
  } finally {
    closeSync(fd);
  }
}

const { O_APPEND, O_TRUNC, O_WRONLY } = constants;

const STEPS: Readonly<Record<string, { weight: number; run: (world: World) => void }>> = {
  append: {
    weight: 12,
    run: (w) => withFile(w.random.pick(w.files), O_WRONLY | O_APPEND, (fd) => writeSync(fd, "more")),
  },
  rewrite: {
    weight: 6,
    run: (w) =>
      withFile(w.random.pick(w.files), O_WRONLY | O_TRUNC, (fd) => writeSync(fd, content(w.random))),
  },
  truncate: {
    weight: 4,
    run: (w) => withFile(w.random.pick(w.files), O_WRONLY, (fd) => ftruncateSync(fd, w.random.int(0, 20))),
  },
  chmod: { weight: 8, run: (w) => chmodSync(w.random.pick(w.files), w.random.pick([0o640, 0o700])) },
  chmodDir: { weight: 6, run: (w) => chmodSync(w.random.pick(w.dirs), w.random.pick([0o755, 0o750])) },
  chown: { weight: 6, run: (w) => lchownSync(w.random.pick(w.all).path, w.random.int(0, 2000), 100) },
  setxattr: {
    weight: 4,
    run: (w) =>
      void sys.setxattr(w.random.pick(w.all).path, Buffer.from("trusted.note"), w.random.bytes(9), 0),
  },
  create: { weight: 10, run: (w) => createObject(w.random, freshName(w), [...w.files, ...w.others]) },
  mkdir: { weight: 6, run: (w) => mkdirSync(freshName(w)) },
  link: { weight: 8, run: (w) => linkSync(w.random.pick([...w.files, ...w.others]), freshName(w)) },
  symlink: { weight: 2, run: (w) => symlinkSync("target", freshName(w)) },
  renameFile: { weight: 10, run: (w) => w.rename(w.random.pick([...w.files, ...w.others]), freshName(w), 0) },
  renameDir: { weight: 10, run: (w) => w.rename(w.random.pick(w.dirs), freshName(w), 0) },
  renameNested: { weight: 6, run: renameNested },
  exchange: {
    weight: 5,
    run: (w) => w.rename(w.random.pick(w.all).path, w.random.pick(w.all).path, RENAME_EXCHANGE),
  },
  unlink: { weight: 10, run: (w) => unlinkSync(w.random.pick([...w.files, ...w.others])) },
  removeTree: { weight: 5, run: (w) => removeTree(w.random.pick(w.dirs)) },
  replaceDir: { weight: 5, run: replaceDir },
  replaceFile: { weight: 4, run: replaceFile },
};

/** mv P/C P/C2, then mv P P2: the child's redirect has to name a path that no longer shows. */
function renameNested(world: World): void {
  const child = world.random.pick(world.dirs);
  const parent = child.subarray(0, child.lastIndexOf(0x2f));
  world.rename(child, under(parent, world.random.pick(NAMES)), 0);
  if (!parent.equals(world.root)) world.rename(parent, freshName(world), 0);
}

/** rm -r D; mkdir D: an opaque directory where a lower one was. */
function replaceDir(world: World): void {
  const dir = world.random.pick(world.dirs);
  removeTree(dir);
  mkdirSync(dir);
  if (world.random.chance(0.5)) createObject(world.random, under(dir, world.random.pick(NAMES)), []);
}

/** A directory becomes a file or a file a directory. */
function replaceFile(world: World): void {
  const { path, mode } = world.random.pick(world.all);
  removeTree(path);
  if ((mode & S_IFMT) === S_IFDIR) createObject(world.random, path, []);
  else mkdirSync(path);
}

/** Do `count` random things below `root`. What a file system refuses is part of the day's work. */
export function work(random: Random, root: Buffer, count: number, rename = renameFreely): void {
  const weights = Object.fromEntries(Object.entries(STEPS).map(([name, step]) => [name, step.weight]));
  let world: World | undefined;
  for (let step = 0; step < count; step++) {
    if (!world || step % 3 === 0) {
      const all = look(root);
      const of = (want: (type: number) => boolean) =>
        all.filter((one) => want(one.mode & S_IFMT)).map((one) => one.path);
      world = {
        random,
        rename,
        root,
        all,
        dirs: of((type) => type === S_IFDIR),
        files: of((type) => type === S_IFREG),
        others: of((type) => type !== S_IFREG && type !== S_IFDIR),
      };
      if (world.dirs.length === 0 || world.files.length === 0) {
        // Nothing left to work on: start anew, with names that no step uses.
        const dir = under(root, `fresh-${random.int(0, 1e9)}`);
        world = undefined;
        try {
          mkdirSync(dir);
          writeFileSync(under(dir, "file"), "");
        } catch {
          // The kernel's inode cache may still hold an object of the inode number that the new one gets (EEXIST).
        }
        continue;
      }
    }
    try {
      STEPS[random.weighted(weights)]?.run(world);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    }
  }
}
