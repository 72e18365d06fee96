/** Damages to what directory entries lead to, entries that should not be, link counts and temporaries. */
import { linkSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { isDir, isFile, makeWhiteout, type Node, under } from "../../../support/tree.js";
import { type Damage, note, type Scene, sameType } from "../scene.js";
import { isLink, onEntry } from "./on-entry.js";

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

function staleUpper(scene: Scene): Buffer {
  const path = under(scene.where.work, "short-lived");
  mkdirSync(path);
  const handle = scene.handle(path, true);
  rmdirSync(path);
  return handle;
}

function setUpper(name: string, doc: string, value: (scene: Scene, old: Buffer) => Buffer | null): Damage {
  return onEntry(
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

export const entryTargets: readonly Damage[] = [
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
  added("tombstone-added", "a tombstone over an object that is reachable", makeWhiteout),
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
  onEntry("entry-nlink-malformed", "nlink that does not parse", isLink, (scene, node) => {
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
  onEntry("entry-nlink-wrong", "a count that is wrong", isLink, (scene, node) => {
    if (scene.what.userxattr && !isFile(node)) return null;
    const value = `${scene.random.pick(["U", "L"])}${scene.random.pick(["+0", "+1", "+5", "-1", "-2", "-9"])}`;
    scene.set(node.path, "nlink", value);
    return value;
  }),
  onEntry(
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
      if (kind === "whiteout") makeWhiteout(path);
      else if (kind === "file") writeFileSync(path, "");
      else mkdirSync(path);
      if (kind === "full") writeFileSync(under(path, "inside"), "");
      if (kind === "deep") mkdirSync(under(path, "in/side"), { recursive: true });
      return kind;
    },
  },
];
