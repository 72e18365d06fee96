/** Damages to the roots of upper, work and index. */
import { mkdirSync, writeFileSync } from "node:fs";
import { isDir, under } from "../../../support/tree.js";
import type { Damage, Scene } from "../scene.js";
import { removeTree } from "../work.js";

type Root = (scene: Scene) => Buffer;
const upperRoot: Root = (scene) => scene.where.upper;
const indexRoot: Root = (scene) => scene.index;

function on(
  name: string,
  doc: string,
  root: Root,
  xattr: string,
  value: (scene: Scene, old: Buffer) => Buffer | string | null,
): Damage {
  return {
    name,
    doc,
    apply(scene) {
      const path = root(scene);
      if (!scene.exists(path) || !isDir(scene.node(path))) return null;
      const bytes = value(scene, Buffer.from(scene.node(path).xattrs.get(xattr) ?? []));
      if (bytes === null) return null;
      scene.set(path, xattr, bytes);
      return xattr;
    },
  };
}

function removed(name: string, doc: string, root: Root, xattr: string): Damage {
  return {
    name,
    doc,
    apply(scene) {
      const path = root(scene);
      if (!scene.exists(path) || !scene.node(path).xattrs.has(xattr)) return null;
      scene.unset(path, xattr);
      return xattr;
    },
  };
}

function edited(offset: number, value: (old: number) => number) {
  return (_: Scene, old: Buffer): Buffer | null => {
    if (old.length <= offset) return null;
    old[offset] = value(old[offset] as number);
    return old;
  };
}

const act = (name: string, doc: string, apply: (scene: Scene) => string | null): Damage => ({
  name,
  doc,
  apply,
});

function incompat(name: string, doc: string, make: (dir: Buffer) => void): Damage {
  return act(name, doc, (scene) => {
    const dir = under(scene.where.work, "work/incompat");
    if (scene.exists(dir)) return null;
    mkdirSync(dir, { recursive: true });
    make(dir);
    return "work/incompat";
  });
}

export const roots: readonly Damage[] = [
  removed("root-origin-removed", "upper root restored without xattrs", upperRoot, "origin"),
  on("root-origin-empty", "upper root origin of no length", upperRoot, "origin", () => ""),
  on("root-origin-garbled", "upper root origin of random bytes", upperRoot, "origin", (scene, old) =>
    scene.random.bytes(old.length || 29),
  ),
  on(
    "root-origin-newer",
    "upper root origin of a newer format",
    upperRoot,
    "origin",
    edited(0, () => 1),
  ),
  on(
    "root-origin-any-endian",
    "upper root origin marked as good on any endianness",
    upperRoot,
    "origin",
    edited(3, () => 2),
  ),
  on(
    "root-origin-wrong-uuid",
    "lower layer on another file system",
    upperRoot,
    "origin",
    edited(9, (old) => old ^ 0x5a),
  ),
  on("root-origin-truncated", "upper root origin cut short", upperRoot, "origin", (_, old) =>
    old.length > 25 ? old.subarray(0, 25) : null,
  ),
  on("root-origin-other", "upper used with another lower layer", upperRoot, "origin", (scene) => {
    const dir = scene.lowerObject(isDir);
    return dir ? scene.handle(dir.path) : null;
  }),
  removed("index-upper-removed", "index directory restored without xattrs", indexRoot, "upper"),
  on("index-upper-empty", "index upper of no length", indexRoot, "upper", () => ""),
  on("index-upper-garbled", "index upper of random bytes", indexRoot, "upper", (scene, old) =>
    scene.random.bytes(old.length || 29),
  ),
  on(
    "index-upper-newer",
    "index upper of a newer format",
    indexRoot,
    "upper",
    edited(0, () => 1),
  ),
  on(
    "index-upper-without-flag",
    "index upper that does not say upper",
    indexRoot,
    "upper",
    edited(3, () => 0),
  ),
  on("index-upper-other", "work directory of another overlay", indexRoot, "upper", (scene) =>
    scene.handle(scene.where.work, true),
  ),
  on(
    "index-legacy-origin",
    "origin on the index directory, as early kernels wrote it",
    indexRoot,
    "origin",
    (scene) => scene.handle(scene.where.upper, true),
  ),
  on(
    "index-legacy-origin-wrong",
    "an origin on the index directory that is not the upper root",
    indexRoot,
    "origin",
    (scene) => (scene.random.chance(0.5) ? scene.handle(scene.where.work, true) : scene.random.bytes(29)),
  ),
  on(
    "index-legacy-origin-unknown",
    "an origin on the index directory of unknown format",
    indexRoot,
    "origin",
    (scene) => {
      if (scene.random.chance(0.5)) return "";
      const handle = scene.handle(scene.where.upper, true);
      handle[0] = 1;
      return handle;
    },
  ),
  act("index-removed", "the index directory was deleted, as the kernel's message advises", (scene) => {
    if (!scene.exists(scene.index)) return null;
    removeTree(scene.index);
    return "index";
  }),
  act("index-is-file", "a file in place of the index directory", (scene) => {
    if (scene.exists(scene.index)) removeTree(scene.index);
    writeFileSync(scene.index, "");
    return "index";
  }),
  act("work-emptied", "the work directory was made anew", (scene) => {
    removeTree(scene.where.work);
    mkdirSync(scene.where.work);
    return "work";
  }),
  act("work-leftovers", "scratch files from a crash", (scene) => {
    const deep = scene.random.chance(0.3);
    mkdirSync(under(scene.where.work, deep ? "work/#7/deep/er" : "work/#7/deep"), { recursive: true });
    writeFileSync(under(scene.where.work, "work/#8"), "");
    return deep ? "deeper than the kernel cleans" : "work/#7";
  }),
  incompat("volatile-dirty", "a volatile mount that did not end well", (dir) => {
    mkdirSync(under(dir, "volatile"));
    writeFileSync(under(dir, "volatile/dirty"), "");
  }),
  incompat("incompat-unknown", "a feature of a newer kernel", (dir) => mkdirSync(under(dir, "future"))),
  incompat("incompat-empty", "an empty incompat directory forbids nothing", () => undefined),
  on("root-opaque", "an opaque upper root", upperRoot, "opaque", (scene) =>
    scene.random.pick(["y", "x", "z"]),
  ),
  on("root-redirect", "a redirect on the upper root", upperRoot, "redirect", (scene) =>
    scene.random.pick(["/a", "", "//"]),
  ),
  removed("root-impure-removed", "the upper root lost its impure mark", upperRoot, "impure"),
  on("root-uuid-garbled", "the overlay's own UUID of a wrong length", upperRoot, "uuid", (scene) =>
    scene.random.bytes(scene.random.pick([0, 5, 16])),
  ),
];
