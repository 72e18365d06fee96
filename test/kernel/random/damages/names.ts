/** Damages to whiteouts, opaque and impure directories, metacopy files and escaped xattrs. */
import { unlinkSync, writeFileSync } from "node:fs";
import { isDir, isFile, isWhiteout, makeWhiteout, type Node, under } from "../../../support/tree.js";
import { NAMES } from "../generate.js";
import { at, type Damage, note, type Scene } from "../scene.js";
import { removeTree } from "../work.js";

function on(
  name: string,
  doc: string,
  find: (scene: Scene) => Node | undefined,
  act: (scene: Scene, node: Node) => unknown,
): Damage {
  return {
    name,
    doc,
    apply(scene) {
      const node = find(scene);
      if (!node) return null;
      const more = act(scene, node);
      return note(at(node), more);
    },
  };
}

const anyUpper = (want: (node: Node) => boolean) => (scene: Scene) =>
  scene.random.maybe(scene.upper().filter(want));
const has = (name: string) => (node: Node) => node.xattrs.has(name);

export const nameDamages: readonly Damage[] = [
  on("whiteout-orphan", "a whiteout with nothing below it", anyUpper(isDir), (scene, node) => {
    const path = under(node.path, "nothing-below");
    if (scene.exists(path)) return null;
    makeWhiteout(path);
  }),
  on(
    "whiteout-removed",
    "a whiteout was deleted: the lower object is back",
    anyUpper(isWhiteout),
    (_, node) => unlinkSync(node.path),
  ),
  on(
    "whiteout-over-copied-up",
    "an upper object was replaced by a whiteout behind the overlay's back",
    anyUpper(has("origin")),
    (_, node) => {
      removeTree(node.path);
      makeWhiteout(node.path);
    },
  ),
  on(
    "whiteout-in-opaque",
    "a whiteout where nothing below shows anyway",
    anyUpper((node) => isDir(node) && has("opaque")(node)),
    (scene, node) => {
      const path = under(node.path, scene.random.pick(NAMES));
      if (scene.exists(path)) return null;
      makeWhiteout(path);
    },
  ),
  on(
    "whiteout-over-lower",
    "a whiteout added behind the overlay's back",
    (scene) => scene.lowerObject(),
    (scene, node) => {
      const path = under(scene.where.upper, node.rel);
      const parent = path.subarray(0, path.lastIndexOf(0x2f));
      if (scene.exists(path) || !scene.exists(parent)) return null;
      makeWhiteout(path);
    },
  ),
  on("opaque-garbage", "a value that is neither y nor x", anyUpper(isDir), (scene, node) => {
    const value = scene.random.pick(["z", "", "yes", "Y", "n", "0", "xy"]);
    scene.set(node.path, "opaque", value);
    return JSON.stringify(value);
  }),
  on("opaque-removed", "an opaque directory lost its mark", anyUpper(has("opaque")), (scene, node) =>
    scene.unset(node.path, "opaque"),
  ),
  on("opaque-added", "a merge directory became opaque", anyUpper(isDir), (scene, node) =>
    scene.set(node.path, "opaque", "y"),
  ),
  on("opaque-x-in-upper", "the mark for xattr whiteouts in the upper layer", anyUpper(isDir), (scene, node) =>
    scene.set(node.path, "opaque", "x"),
  ),
  on("opaque-on-file", "means nothing on a file", anyUpper(isFile), (scene, node) =>
    scene.set(node.path, "opaque", "y"),
  ),
  on(
    "impure-removed",
    "a directory with copied-up objects lost its mark",
    anyUpper(has("impure")),
    (scene, node) => scene.unset(node.path, "impure"),
  ),
  on("impure-garbage", "a value that is not y", anyUpper(isDir), (scene, node) =>
    scene.set(node.path, "impure", "z"),
  ),
  on(
    "xwhiteout-in-lower",
    "xattr whiteouts as a nested overlay's tools write them",
    (scene) => scene.lowerObject(isDir),
    (scene, node) => {
      const file = under(node.path, scene.random.pick(NAMES));
      if (!scene.exists(file)) writeFileSync(file, "");
      if (!isFile(scene.node(file))) return null;
      scene.set(file, "whiteout", scene.random.pick(["", "y"]));
      const mark = scene.random.chance(0.6);
      if (mark) scene.set(node.path, "opaque", "x");
      return mark ? "marked" : "unmarked";
    },
  ),
  on("xwhiteout-in-upper", "an xattr whiteout in the upper layer", anyUpper(isDir), (scene, node) => {
    const file = under(node.path, "xwhiteout");
    if (scene.exists(file)) return null;
    writeFileSync(file, scene.random.pick(["", "data"]));
    scene.set(file, "whiteout", "");
    if (scene.random.chance(0.5)) scene.set(node.path, "opaque", "x");
  }),
  on(
    "escaped",
    "somebody else's overlay lives inside",
    anyUpper((node) => isDir(node) || isFile(node)),
    (scene, node) => {
      scene.set(node.path, `overlay.${scene.random.pick(["opaque", "redirect", "origin", "metacopy"])}`, "y");
    },
  ),
  on(
    "unknown-xattr",
    "an xattr of a newer kernel",
    anyUpper((node) => isDir(node) || isFile(node)),
    (scene, node) => scene.set(node.path, "future", "1"),
  ),
  on("protattr", "inode flags kept in an xattr", anyUpper(isFile), (scene, node) =>
    scene.set(node.path, "protattr", scene.random.pick(["a", "i", "z", ""])),
  ),
  on(
    "metacopy-added",
    "a copied-up file whose data would still be below",
    anyUpper((node) => isFile(node) && has("origin")(node)),
    (scene, node) => scene.set(node.path, "metacopy", ""),
  ),
  on(
    "metacopy-no-data",
    "a metacopy file with nothing below",
    anyUpper((node) => isFile(node) && !has("origin")(node)),
    (scene, node) => scene.set(node.path, "metacopy", ""),
  ),
  on("metacopy-redirected", "a metacopy file that names its data", anyUpper(isFile), (scene, node) => {
    const data = scene.lowerObject();
    if (!data) return null;
    scene.set(node.path, "metacopy", "");
    scene.set(node.path, "redirect", Buffer.concat([Buffer.from("/"), data.rel]));
  }),
  on(
    "metacopy-header",
    "a digest header that is broken or from a newer kernel",
    anyUpper(isFile),
    (scene, node) => {
      const value = scene.random.pick([
        [0],
        [0, 4, 0, 0],
        [1, 4, 0, 0],
        [0, 3, 0, 0],
        [0, 36, 0, 1],
        [0, 4, 1, 0],
        [0, 8, 0, 1, 1, 2, 3, 4],
      ]);
      scene.set(node.path, "metacopy", Buffer.from(value));
      return value.join(" ");
    },
  ),
  on(
    "metacopy-in-lower",
    "a lower layer with metacopy files: it was an upper once, which its root shows",
    (scene) => scene.lowerObject(isFile),
    (scene, node) => {
      scene.set(node.path, "metacopy", "");
      for (const root of scene.where.lower) scene.set(root, "impure", "y");
    },
  ),
  on("metacopy-on-dir", "means nothing on a directory", anyUpper(isDir), (scene, node) =>
    scene.set(node.path, "metacopy", ""),
  ),
];
