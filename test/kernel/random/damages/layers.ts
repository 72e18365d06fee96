/** Damages that tools and people do to whole files and directories of the layers. */
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, renameSync, rmdirSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { isDir, isFile, isWhiteout, type Node, names, under } from "../../../support/tree.js";
import { NAMES } from "../generate.js";
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

/** Lower damages prefer what the upper layer stands on: an object of the same path, if there is one. */
function inLower(name: string, doc: string, want: (node: Node) => boolean, act: Act): Damage {
  return {
    name,
    doc,
    apply(scene) {
      const all = scene.lower().filter((node) => !isWhiteout(node) && want(node));
      const touched = all.filter((node) =>
        scene
          .entries()
          .some((entry) => entry.name.equals(Buffer.from(scene.handle(node.path).toString("hex")))),
      );
      const node = scene.random.maybe(touched.length > 0 && scene.random.chance(0.7) ? touched : all);
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

function fresh(scene: Scene, dir: Buffer): Buffer | null {
  const path = under(dir, scene.random.pick(NAMES));
  return scene.exists(path) ? null : path;
}

const text = (node: Node) => Buffer.from(node.rel.toString("utf8")).equals(node.rel);

export const layers: readonly Damage[] = [
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
    const to = fresh(scene, node.path.subarray(0, node.path.lastIndexOf(0x2f)));
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
      const to = fresh(scene, scene.where.upper);
      if (!to) return null;
      renameSync(node.path, to);
      return `to ${to.subarray(to.lastIndexOf(0x2f) + 1).toString("latin1")}`;
    },
  ),
  inLower("lower-file-deleted", "a lower file deleted", not(isDir), (_, node) => unlinkSync(node.path)),
  inLower("lower-dir-deleted", "a lower directory deleted", isDir, (_, node) => removeTree(node.path)),
  inLower("lower-file-recreated", "a lower file replaced by an update", isFile, (_, node) => {
    // The old inode stays until the new one exists, so that its number is not used again.
    const kept = Buffer.concat([node.path.subarray(0, node.path.lastIndexOf(0x2f)), Buffer.from("/kept")]);
    renameSync(node.path, kept);
    writeFileSync(node.path, "new version");
    unlinkSync(kept);
  }),
  inLower("lower-dir-recreated", "a lower directory replaced by an update", isDir, (scene, node) => {
    const kept = Buffer.concat([node.path.subarray(0, node.path.lastIndexOf(0x2f)), Buffer.from("/kept")]);
    renameSync(node.path, kept);
    mkdirSync(node.path);
    for (const child of scene.random.shuffle(names(kept)))
      renameSync(under(kept, child), under(node.path, child));
    rmdirSync(kept);
  }),
  inLower(
    "lower-renamed",
    "a lower object renamed",
    () => true,
    (scene, node) => {
      const to = fresh(scene, node.path.subarray(0, node.path.lastIndexOf(0x2f)));
      if (!to) return null;
      renameSync(node.path, to);
      return `to ${to.subarray(to.lastIndexOf(0x2f) + 1).toString("latin1")}`;
    },
  ),
  inLower("lower-file-to-dir", "a directory where a lower file was", not(isDir), (_, node) => {
    unlinkSync(node.path);
    mkdirSync(node.path);
  }),
  inLower("lower-dir-to-file", "a file where a lower directory was", isDir, (_, node) => {
    removeTree(node.path);
    writeFileSync(node.path, "");
  }),
  inLower("lower-link-added", "a hard link added in a lower layer", not(isDir), (scene, node) => {
    const to = fresh(scene, node.path.subarray(0, node.path.lastIndexOf(0x2f)));
    if (!to) return null;
    linkSync(node.path, to);
  }),
  inLower(
    "lower-link-removed",
    "one of several names deleted in a lower layer",
    (node) => !isDir(node) && node.nlink > 1,
    (_, node) => unlinkSync(node.path),
  ),
  inLower("lower-object-added", "an update added a name to a lower directory", isDir, (scene, node) => {
    const to = fresh(scene, node.path);
    if (!to) return null;
    if (scene.random.chance(0.5)) mkdirSync(to);
    else writeFileSync(to, "");
  }),
  inLower("lower-opaque", "a lower directory made opaque", isDir, (scene, node) =>
    scene.set(node.path, "opaque", scene.random.pick(["y", "x"])),
  ),
  inLower("lower-redirect", "a redirect in a lower layer", isDir, (scene, node) => {
    const target = scene.lowerObject(isDir);
    if (!target) return null;
    const value = scene.random.pick([
      Buffer.concat([Buffer.from("/"), target.rel]),
      target.name,
      Buffer.from("/gone"),
      Buffer.from("a/b"),
      Buffer.alloc(0),
    ]);
    scene.set(node.path, "redirect", value);
    return JSON.stringify(value.toString("latin1"));
  }),
];
