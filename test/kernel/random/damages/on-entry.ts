/** A damage to one index entry. */
import { isDir, isWhiteout, type Node } from "../../../support/tree.js";
import { type Damage, note, type Scene } from "../scene.js";

/** An entry that is a link to an upper object. */
export const isLink = (node: Node) => !isDir(node) && !isWhiteout(node);

export function onEntry(
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
