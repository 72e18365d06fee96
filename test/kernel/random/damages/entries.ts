/** Damages to the entries of the index directory. */
import { linkSync, mkdirSync, renameSync, rmdirSync, writeFileSync } from "node:fs";
import { must, S_IFCHR, S_IFIFO, S_IFREG, sys } from "../../../support/sys.js";
import { isDir, isFile, isWhiteout, type Node, under } from "../../../support/tree.js";
import { type Damage, note, type Scene, sameType } from "../scene.js";
import { removeTree } from "../work.js";

const any = () => true;
const plain = (node: Node) => !isDir(node) && !isWhiteout(node);

function on(
  name: string,
  doc: string,
  want: (node: Node) => boolean,
  act: (scene: Scene, node: Node) => unknown,
): Damage {
  return {
    name,
    doc,
    apply(scene) {
      const node = scene.entry(want);
      if (!node) return null;
      const more = act(scene, node);
      return note(node.name.toString("latin1"), more);
    },
  };
}

function renamed(name: string, doc: string, change: (hex: string, scene: Scene) => string | null): Damage {
  return on(name, doc, any, (scene, node) => {
    const to = change(node.name.toString("latin1"), scene);
    if (to === null) return null;
    const path = under(scene.index, to);
    if (scene.exists(path)) removeTree(path);
    renameSync(node.path, path);
    return `to ${to}`;
  });
}

const byte = (hex: string, offset: number, value: number) =>
  hex.slice(0, offset * 2) + value.toString(16).padStart(2, "0") + hex.slice(offset * 2 + 2);

function replaced(
  name: string,
  doc: string,
  want: (node: Node) => boolean,
  make: (path: Buffer, scene: Scene, node: Node) => unknown,
): Damage {
  return on(name, doc, want, (scene, node) => {
    removeTree(node.path);
    return make(node.path, scene, node);
  });
}

/** An entry for a lower object that has none. */
function added(
  name: string,
  doc: string,
  make: (path: Buffer, scene: Scene, lower: Node) => unknown,
): Damage {
  return {
    name,
    doc,
    apply(scene) {
      if (!scene.exists(scene.index)) return null;
      const lower = scene.lowerObject(
        (node) => !scene.exists(under(scene.index, scene.handle(node.path).toString("hex"))),
      );
      if (!lower) return null;
      const path = under(scene.index, scene.handle(lower.path).toString("hex"));
      const more = make(path, scene, lower);
      return note(`for ${lower.rel.toString("latin1")}`, more);
    },
  };
}

const whiteout = (path: Buffer) => void must(sys.mknod(path, S_IFCHR, 0, 0), "mknod of a whiteout");

function staleUpper(scene: Scene): Buffer {
  const path = under(scene.where.work, "short-lived");
  mkdirSync(path);
  const handle = scene.handle(path, true);
  rmdirSync(path);
  return handle;
}

function setUpper(name: string, doc: string, value: (scene: Scene, old: Buffer) => Buffer | null): Damage {
  return on(
    name,
    doc,
    (node) => isDir(node) && node.xattrs.has("upper"),
    (scene, node) => {
      const bytes = value(scene, Buffer.from(node.xattrs.get("upper") as Buffer));
      if (bytes === null) return null;
      scene.set(node.path, "upper", bytes);
    },
  );
}

function edited(offset: number, change: (byte: number) => number) {
  return (_: Scene, old: Buffer) => {
    old[offset] = change(old[offset] as number);
    return old;
  };
}

export const entries: readonly Damage[] = [
  on("entry-deleted", "an entry was deleted", any, (_, node) => removeTree(node.path)),
  on("tombstone-deleted", "a tombstone was deleted", isWhiteout, (_, node) => removeTree(node.path)),
  renamed("entry-upper-case", "the name in upper case", (hex) =>
    hex.toUpperCase() === hex ? null : hex.toUpperCase(),
  ),
  renamed("entry-char-more", "one hex character too many", (hex) => `${hex}0`),
  renamed("entry-bytes-more", "four bytes too many", (hex) => `${hex}00000000`),
  renamed("entry-char-less", "cut by one character", (hex) => hex.slice(0, -1)),
  renamed("entry-cut", "cut to the bare header", (hex) => hex.slice(0, 42)),
  renamed("entry-short", "shorter than any handle", (hex) => hex.slice(0, 20)),
  renamed("entry-not-hex", "a name that is not hex", (hex) => `${hex.slice(0, 30)}zz${hex.slice(32)}`),
  renamed("entry-foreign-name", "a file that somebody put there", (_, scene) =>
    scene.random.pick(["lost+found", ".nfs0001", "x".repeat(60)]),
  ),
  renamed("entry-bad-magic", "magic byte of the name changed", (hex) => byte(hex, 1, 0xfa)),
  renamed("entry-newer-version", "name of a newer format", (hex) => byte(hex, 0, 1)),
  renamed("entry-big-endian", "name written on the other endianness", (hex) => byte(hex, 3, 1)),
  renamed("entry-unknown-flag", "name with a flag of a newer kernel", (hex) => byte(hex, 3, 8)),
  renamed("entry-any-endian", "name marked as good on any endianness", (hex) => byte(hex, 3, 2)),
  renamed("entry-other-uuid", "name of an object on another file system", (hex) => byte(hex, 8, 0x5a)),
  renamed("entry-other-fid", "name of an object that never was", (hex) =>
    byte(hex, hex.length / 2 - 1, 0x5a),
  ),
  renamed("entry-other-object", "renamed to the name of another lower object", (_, scene) => {
    const lower = scene.lowerObject();
    return lower ? scene.handle(lower.path).toString("hex") : null;
  }),
  {
    name: "entries-swapped",
    doc: "two entries changed places",
    apply(scene) {
      const a = scene.entry();
      const b = a && scene.entry((node) => !node.name.equals(a.name));
      if (!a || !b) return null;
      must(sys.rename(a.path, b.path, 2), "exchange");
      return `${a.name.toString()} ${b.name.toString()}`;
    },
  },
  replaced("entry-empty-file", "an entry was restored as a file of its own", plain, (path) =>
    writeFileSync(path, ""),
  ),
  replaced(
    "entry-copied-file",
    "an entry was restored as a copy with its xattrs",
    (node) => plain(node) && isFile(node),
    (path, scene, node) => {
      writeFileSync(path, "copy");
      for (const [name, value] of node.xattrs) scene.set(path, name, value);
    },
  ),
  replaced("entry-other-inode", "an entry is a link to another upper file", plain, (path, scene) => {
    const other = scene.random.maybe(scene.upper().filter(isFile));
    if (!other) writeFileSync(path, "");
    else linkSync(other.path, path);
  }),
  replaced("entry-is-directory", "an entry of a file is a directory", plain, (path) => mkdirSync(path)),
  replaced("entry-is-fifo", "an entry of another type", any, (path, scene) => {
    must(sys.mknod(path, scene.random.chance(0.5) ? S_IFIFO : S_IFREG, 0, 0), "mknod");
  }),
  replaced(
    "entry-is-tombstone",
    "a tombstone for an object that is still there",
    (node) => !isWhiteout(node),
    (path) => whiteout(path),
  ),
  replaced("entry-dir-without-upper", "a directory entry that leads nowhere", isDir, (path) =>
    mkdirSync(path),
  ),
  replaced("tombstone-is-file", "a tombstone became a file", isWhiteout, (path) => writeFileSync(path, "")),
  replaced("tombstone-is-directory", "a tombstone became a directory", isWhiteout, (path) => mkdirSync(path)),
  on("entry-dir-not-empty", "something inside a directory entry", isDir, (_, node) =>
    writeFileSync(under(node.path, "inside"), ""),
  ),
  setUpper("entry-upper-garbled", "random bytes", (scene, old) => scene.random.bytes(old.length)),
  setUpper("entry-upper-empty", "no bytes", () => Buffer.alloc(0)),
  setUpper("entry-upper-truncated", "cut short", (_, old) => old.subarray(0, 25)),
  setUpper(
    "entry-upper-newer",
    "newer version",
    edited(0, () => 1),
  ),
  setUpper(
    "entry-upper-without-flag",
    "a handle that does not say upper",
    edited(3, () => 0),
  ),
  setUpper(
    "entry-upper-wrong-uuid",
    "upper on another file system",
    edited(9, (old) => old ^ 0x5a),
  ),
  setUpper("entry-upper-other-dir", "another directory of the upper layer", (scene) => {
    const other = scene.upperDir();
    return other ? scene.handle(other.path, true) : null;
  }),
  setUpper("entry-upper-root", "the upper layer's root", (scene) => scene.handle(scene.where.upper, true)),
  setUpper("entry-upper-outside", "a directory outside the upper layer", (scene) =>
    scene.handle(scene.where.work, true),
  ),
  setUpper("entry-upper-file", "a file of the upper layer", (scene) => {
    const file = scene.random.maybe(scene.upper().filter((node) => !isDir(node)));
    return file ? scene.handle(file.path, true) : null;
  }),
  setUpper("entry-upper-stale", "a directory that was deleted", (scene) => staleUpper(scene)),
  added("tombstone-added", "a tombstone over an object that is reachable", whiteout),
  added("entry-added-file", "an empty file as an entry", (path) => writeFileSync(path, "")),
  added("entry-added-directory", "a directory entry without upper", (path) => mkdirSync(path)),
  added("entry-added-dir-upper", "a directory entry that leads to an upper directory", (path, scene) => {
    const dir = scene.upperDir();
    if (!dir) return null;
    mkdirSync(path);
    scene.set(path, "upper", scene.handle(dir.path, true));
  }),
  added(
    "entry-added-link",
    "an upper object of that type indexed under another's name",
    (path, scene, lower) => {
      const other = scene.random.maybe(scene.upper().filter((node) => !isDir(node) && sameType(node, lower)));
      if (!other) return null;
      linkSync(other.path, path);
      if (scene.random.chance(0.5) && isFile(other)) scene.set(path, "origin", scene.handle(lower.path));
    },
  ),
  on("entry-nlink-malformed", "nlink that does not parse", plain, (scene, node) => {
    if (scene.what.userxattr && !isFile(node)) return null;
    const value = scene.random.pick([
      "",
      "U",
      "U1",
      "X+1",
      "U+",
      "U+1x",
      "L-",
      "U+99999999999",
      "u+1",
      "U+0x1",
      " U+1",
      "U+1\n",
    ]);
    scene.set(node.path, "nlink", value);
    return JSON.stringify(value);
  }),
  on("entry-nlink-wrong", "a count that is wrong", plain, (scene, node) => {
    if (scene.what.userxattr && !isFile(node)) return null;
    const value = `${scene.random.pick(["U", "L"])}${scene.random.pick(["+0", "+1", "+5", "-1", "-2", "-9"])}`;
    scene.set(node.path, "nlink", value);
    return value;
  }),
  on(
    "entry-nlink-removed",
    "no count",
    (node) => node.xattrs.has("nlink"),
    (scene, node) => scene.unset(node.path, "nlink"),
  ),
  {
    name: "temporary-left",
    doc: "the kernel died while it made an entry",
    apply(scene) {
      if (!scene.exists(scene.index)) return null;
      const path = under(scene.index, "#2a");
      if (scene.exists(path)) return null;
      const kind = scene.random.pick(["file", "dir", "full", "deep", "whiteout"]);
      if (kind === "whiteout") whiteout(path);
      else if (kind === "file") writeFileSync(path, "");
      else mkdirSync(path);
      if (kind === "full") writeFileSync(under(path, "inside"), "");
      if (kind === "deep") mkdirSync(under(path, "in/side"), { recursive: true });
      return kind;
    },
  },
];
