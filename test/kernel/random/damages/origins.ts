/** Damages to `origin` xattrs of upper objects. */
import { isDir, type Node } from "../../../support/tree.js";
import { at, type Damage, HEADER, type Scene, sameType } from "../scene.js";

/** Change the origin of a random copied-up object. */
function edit(
  name: string,
  doc: string,
  change: (value: Buffer, scene: Scene) => Buffer,
  want?: (node: Node) => boolean,
): Damage {
  return {
    name,
    doc,
    apply(scene) {
      const node = scene.copiedUp(want);
      if (!node) return null;
      scene.set(node.path, "origin", change(Buffer.from(node.xattrs.get("origin") as Buffer), scene));
      return at(node);
    },
  };
}

function put(offset: number, change: (byte: number) => number): (value: Buffer) => Buffer {
  return (value) => {
    value[offset] = change(value[offset] as number);
    return value;
  };
}

function remove(name: string, doc: string, want: (node: Node) => boolean): Damage {
  return {
    name,
    doc,
    apply(scene) {
      const node = scene.copiedUp(want);
      if (!node) return null;
      scene.unset(node.path, "origin");
      return at(node);
    },
  };
}

function between(
  name: string,
  doc: string,
  act: (scene: Scene, a: Node, b: Node) => void,
  want: (a: Node, b: Node) => boolean,
): Damage {
  return {
    name,
    doc,
    apply(scene) {
      const a = scene.copiedUp();
      const b = a && scene.copiedUp((node) => node.ino !== a.ino && want(a, node));
      if (!a || !b) return null;
      act(scene, a, b);
      return `${at(a)} and ${at(b)}`;
    },
  };
}

const originOf = (node: Node) => node.xattrs.get("origin") as Buffer;

export const origins: readonly Damage[] = [
  remove("origin-removed-file", "a copied-up file was restored without its xattrs", (node) => !isDir(node)),
  remove("origin-removed-dir", "a merge directory was restored without its xattrs", isDir),
  edit("origin-empty", "origin set to nothing: copied up, origin unknown", () => Buffer.alloc(0)),
  edit("origin-garbled", "origin overwritten with random bytes", (value, scene) =>
    scene.random.bytes(value.length),
  ),
  edit("origin-fid-flipped", "one bit of the real handle flipped", (value, scene) =>
    put(scene.random.int(HEADER, value.length - 1), (byte) => byte ^ (1 << scene.random.int(0, 7)))(value),
  ),
  edit(
    "origin-wrong-uuid",
    "the layers were copied to a file system with another UUID",
    put(9, (byte) => byte ^ 0x5a),
  ),
  edit(
    "origin-newer-version",
    "written by a kernel with a newer format",
    put(0, () => 1),
  ),
  edit(
    "origin-bad-magic",
    "magic byte overwritten",
    put(1, () => 0xfa),
  ),
  edit(
    "origin-big-endian",
    "written on a machine of the other endianness",
    put(3, (flags) => flags | 1),
  ),
  edit(
    "origin-any-endian",
    "marked as good on any endianness",
    put(3, (flags) => flags | 2),
  ),
  edit(
    "origin-upper-flag",
    "marked as a handle into the upper layer",
    put(3, (flags) => flags | 4),
  ),
  edit(
    "origin-unknown-flag",
    "a flag that no kernel knows yet",
    put(3, (flags) => flags | 8),
  ),
  edit("origin-truncated", "value cut short by a tool", (value, scene) =>
    value.subarray(0, scene.random.int(1, value.length - 1)),
  ),
  edit("origin-padded", "value with bytes after its end", (value) =>
    Buffer.concat([value, Buffer.alloc(4, 0x7e)]),
  ),
  edit(
    "origin-length-larger",
    "length field larger than the value",
    put(2, (length) => length + 4),
  ),
  edit(
    "origin-length-smaller",
    "length field smaller than the value",
    put(2, (length) => length - 4),
  ),
  edit(
    "origin-handle-type",
    "type of the real handle that the file system does not know",
    put(4, () => 0x66),
  ),
  between(
    "origin-swapped",
    "the xattrs of two objects of one type were exchanged",
    (scene, a, b) => {
      scene.set(a.path, "origin", originOf(b));
      scene.set(b.path, "origin", originOf(a));
    },
    sameType,
  ),
  between(
    "origin-duplicate",
    "a file was copied inside the upper layer with its xattrs",
    (scene, a, b) => scene.set(b.path, "origin", originOf(a)),
    sameType,
  ),
  between(
    "origin-other-type",
    "origin of an object of another type",
    (scene, a, b) => scene.set(b.path, "origin", originOf(a)),
    (a, b) => !sameType(a, b),
  ),
  {
    name: "origin-on-pure-upper",
    doc: "an object that was never in a lower layer got an origin",
    apply(scene) {
      const node = scene.random.maybe(
        scene
          .upper()
          .filter((one) => !one.xattrs.has("origin") && one.rdev === 0 && (one.mode & 0o170000) !== 0o20000),
      );
      const lower = node && scene.lowerObject((one) => sameType(one, node));
      if (!node || !lower || (scene.what.userxattr && !isDir(node))) return null;
      scene.set(node.path, "origin", scene.handle(lower.path));
      return `${at(node)} from ${at(lower)}`;
    },
  },
  {
    name: "origin-into-upper",
    doc: "origin is the handle of an object of the upper layer",
    apply(scene) {
      const node = scene.copiedUp();
      const other =
        node &&
        scene.random.maybe(scene.upper().filter((one) => sameType(one, node) && one.ino !== node.ino));
      if (!node || !other) return null;
      scene.set(node.path, "origin", scene.handle(other.path));
      return `${at(node)} to ${at(other)}`;
    },
  },
  {
    name: "origin-other-lower",
    doc: "origin of a directory is another lower directory than the one of its path",
    apply(scene) {
      const node = scene.copiedUp(isDir);
      const lower =
        node && scene.lowerObject((one) => isDir(one) && !scene.handle(one.path).equals(originOf(node)));
      if (!node || !lower) return null;
      scene.set(node.path, "origin", scene.handle(lower.path));
      return `${at(node)} to ${at(lower)}`;
    },
  },
];
