/** Damages to names and kinds of index entries. */
import { linkSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { must, RENAME_EXCHANGE, S_IFIFO, S_IFREG, sys } from "../../../support/sys.js";
import { isDir, isFile, isWhiteout, makeWhiteout, type Node, under } from "../../../support/tree.js";
import type { Damage, Scene } from "../scene.js";
import { removeTree } from "../work.js";
import { isLink, onEntry } from "./on-entry.js";

const any = () => true;

function renamed(name: string, doc: string, change: (hex: string, scene: Scene) => string | null): Damage {
  return onEntry(name, doc, any, (scene, node) => {
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
  return onEntry(name, doc, want, (scene, node) => {
    removeTree(node.path);
    return make(node.path, scene, node);
  });
}

export const entries: readonly Damage[] = [
  onEntry("entry-deleted", "an entry was deleted", any, (_, node) => removeTree(node.path)),
  onEntry("tombstone-deleted", "a tombstone was deleted", isWhiteout, (_, node) => removeTree(node.path)),
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
      must(sys.rename(a.path, b.path, RENAME_EXCHANGE), "exchange");
      return `${a.name.toString()} ${b.name.toString()}`;
    },
  },
  replaced("entry-empty-file", "an entry was restored as a file of its own", isLink, (path) =>
    writeFileSync(path, ""),
  ),
  replaced(
    "entry-copied-file",
    "an entry was restored as a copy with its xattrs",
    (node) => isLink(node) && isFile(node),
    (path, scene, node) => {
      writeFileSync(path, "copy");
      for (const [name, value] of node.xattrs) scene.set(path, name, value);
    },
  ),
  replaced("entry-other-inode", "an entry is a link to another upper file", isLink, (path, scene) => {
    const other = scene.random.maybe(scene.upper().filter(isFile));
    if (!other) writeFileSync(path, "");
    else linkSync(other.path, path);
  }),
  replaced("entry-is-directory", "an entry of a file is a directory", isLink, (path) => mkdirSync(path)),
  replaced("entry-is-fifo", "an entry of another type", any, (path, scene) => {
    must(sys.mknod(path, scene.random.chance(0.5) ? S_IFIFO : S_IFREG, 0, 0), "mknod");
  }),
  replaced(
    "entry-is-tombstone",
    "a tombstone for an object that is still there",
    (node) => !isWhiteout(node),
    (path) => makeWhiteout(path),
  ),
  replaced("entry-dir-without-upper", "a directory entry that leads nowhere", isDir, (path) =>
    mkdirSync(path),
  ),
  replaced("tombstone-is-file", "a tombstone became a file", isWhiteout, (path) => writeFileSync(path, "")),
  replaced("tombstone-is-directory", "a tombstone became a directory", isWhiteout, (path) => mkdirSync(path)),
  onEntry("entry-dir-not-empty", "something inside a directory entry", isDir, (_, node) =>
    writeFileSync(under(node.path, "inside"), ""),
  ),
];
