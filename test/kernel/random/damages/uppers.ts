/** Damages that tools and people do to objects of the upper layer, and cp -a of whole layers. */
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { isDir, isFile, isWhiteout, type Node, under } from "../../../support/tree.js";
import { at, type Damage, note, type Scene } from "../scene.js";
import { removeTree } from "../work.js";

type Act = (scene: Scene, node: Node) => unknown;

function inUpper(name: string, doc: string, want: (node: Node) => boolean, act: Act): Damage {
  return {
    name,
    doc,
    apply(scene) {
      const node = scene.random.maybe(scene.upper().filter((one) => !isWhiteout(one) && want(one)));
      if (!node) return null;
      const more = act(scene, node);
      return note(at(node), more);
    },
  };
}

const not = (want: (node: Node) => boolean) => (node: Node) => !want(node);
const copied = (node: Node) => (node.xattrs.get("origin")?.length ?? 0) > 0;

/** cp -a: new inodes, the same names, contents and xattrs. The parent's path must be UTF-8. */
function recopy(path: Buffer): void {
  const parent = path.subarray(0, path.lastIndexOf(0x2f));
  const from = under(parent, "recopy-from");
  renameSync(path, from);
  execFileSync("cp", ["-a", "recopy-from", "recopy-to"], { cwd: parent.toString() });
  removeTree(from);
  renameSync(under(parent, "recopy-to"), path);
}

const text = (node: Node) => Buffer.from(node.rel.toString("utf8")).equals(node.rel);

export const uppers: readonly Damage[] = [
  {
    name: "upper-recopied",
    doc: "the whole upper layer was copied with cp -a and put in its place",
    apply(scene) {
      recopy(scene.where.upper);
      return "upper";
    },
  },
  {
    name: "lower-recopied",
    doc: "a whole lower layer was copied with cp -a and put in its place",
    apply(scene) {
      recopy(scene.random.pick(scene.where.lower));
      return "a lower layer";
    },
  },
  inUpper(
    "upper-object-recopied",
    "a copied-up object was saved and restored with its xattrs",
    (node) => copied(node) && text(node),
    (_, node) => recopy(node.path),
  ),
  inUpper("upper-link-added", "a hard link made behind the overlay's back", not(isDir), (scene, node) => {
    const to = scene.fresh(node.path.subarray(0, node.path.lastIndexOf(0x2f)));
    if (!to) return null;
    linkSync(node.path, to);
  }),
  inUpper(
    "upper-file-removed",
    "a copied-up file deleted behind the overlay's back: its entry is left",
    (node) => !isDir(node) && copied(node),
    (_, node) => unlinkSync(node.path),
  ),
  inUpper(
    "upper-dir-removed",
    "a merge directory deleted behind the overlay's back",
    (node) => isDir(node) && copied(node),
    (_, node) => removeTree(node.path),
  ),
  inUpper(
    "upper-dir-recreated",
    "a merge directory deleted and made again",
    (node) => isDir(node) && copied(node),
    (_, node) => {
      removeTree(node.path);
      mkdirSync(node.path);
    },
  ),
  inUpper(
    "upper-file-to-dir",
    "a directory of the same name and origin",
    (node) => isFile(node) && copied(node),
    (scene, node) => {
      unlinkSync(node.path);
      mkdirSync(node.path);
      for (const [name, value] of node.xattrs) scene.set(node.path, name, value);
    },
  ),
  inUpper(
    "upper-dir-to-file",
    "a file of the same name and origin",
    (node) => isDir(node) && copied(node),
    (scene, node) => {
      removeTree(node.path);
      writeFileSync(node.path, "was a directory");
      for (const [name, value] of node.xattrs) scene.set(node.path, name, value);
    },
  ),
  inUpper(
    "upper-file-to-symlink",
    "a symlink where a copied-up file was",
    (node) => isFile(node) && copied(node),
    (scene, node) => {
      unlinkSync(node.path);
      symlinkSync("elsewhere", node.path);
      if (!scene.what.userxattr) scene.set(node.path, "origin", node.xattrs.get("origin") as Buffer);
    },
  ),
  inUpper(
    "upper-moved",
    "an upper object moved behind the overlay's back",
    () => true,
    (scene, node) => {
      const to = scene.fresh(scene.where.upper);
      if (!to) return null;
      renameSync(node.path, to);
      return `to ${to.subarray(to.lastIndexOf(0x2f) + 1).toString("latin1")}`;
    },
  ),
];
