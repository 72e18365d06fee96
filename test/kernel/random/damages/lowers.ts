/** Damages to lower layers: updates, deletions and renames below a living overlay. */
import { linkSync, mkdirSync, renameSync, rmdirSync, unlinkSync, writeFileSync } from "node:fs";
import { isDir, isFile, isWhiteout, type Node, names, under } from "../../../support/tree.js";
import { at, type Damage, note, type Scene } from "../scene.js";
import { removeTree } from "../work.js";

type Act = (scene: Scene, node: Node) => unknown;

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

export const lowers: readonly Damage[] = [
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
      const to = scene.fresh(node.path.subarray(0, node.path.lastIndexOf(0x2f)));
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
    const to = scene.fresh(node.path.subarray(0, node.path.lastIndexOf(0x2f)));
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
    const to = scene.fresh(node.path);
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
