/** Damages to `redirect` xattrs and to what hides their targets. */
import { unlinkSync } from "node:fs";
import { isDir, isFile, isWhiteout, type Node, under } from "../../../support/tree.js";
import { at, type Damage, Scene } from "../scene.js";

/** A directory with a redirect if there is one, else any directory. */
function target(scene: Scene): Node | undefined {
  return scene.upperDir((node) => node.xattrs.has("redirect")) ?? scene.upperDir();
}

function put(name: string, doc: string, value: (scene: Scene, node: Node) => Buffer | string | null): Damage {
  return {
    name,
    doc,
    apply(scene) {
      const node = target(scene);
      const bytes = node && value(scene, node);
      if (!node || bytes === null || bytes === undefined) return null;
      scene.set(node.path, "redirect", bytes);
      return `${at(node)} to ${JSON.stringify(bytes.toString("latin1"))}`;
    },
  };
}

const existing = (node: Node) => node.xattrs.get("redirect");

export const redirects: readonly Damage[] = [
  put("redirect-empty", "redirect of no length", () => ""),
  put("redirect-double-slash", "an empty component", () => "//a"),
  put(
    "redirect-inner-double-slash",
    "an empty component inside",
    (scene) => `/dir//${scene.random.pick(["a", "b"])}`,
  ),
  put("redirect-trailing-slash", "an empty last component", (_, node) =>
    Buffer.concat([existing(node) ?? Buffer.from("/a"), Buffer.from("/")]),
  ),
  put("redirect-relative-slash", "a relative value of two components", () => "a/b"),
  put("redirect-root", "redirect to the overlay's root", () => "/"),
  put("redirect-nul", "a NUL inside", (_, node) =>
    Buffer.concat([existing(node) ?? Buffer.from("a"), Buffer.from("\0/x")]),
  ),
  put("redirect-nul-first", "a value of one NUL", () => "\0"),
  put("redirect-dot", "a component that is no name", (scene) =>
    scene.random.pick([".", "..", "/.", "/..", "/a/../b"]),
  ),
  put("redirect-dangling", "the lower directory has gone", () => "/no/such/directory"),
  put("redirect-dangling-relative", "the lower sibling has gone", () => "no-such-name"),
  put("redirect-dangling-parent", "same parent, nothing there", (_, node) =>
    Buffer.concat([Scene.absolute(node), Buffer.from("-gone")]),
  ),
  put("redirect-long-component", "a component longer than any name", () => `/${"x".repeat(300)}`),
  put("redirect-to-file", "the target is not a directory", (scene) => {
    const file = scene.lowerObject((node) => !isDir(node));
    return file ? Scene.absolute(file) : null;
  }),
  put("redirect-through-file", "a component of the target is not a directory", (scene) => {
    const file = scene.lowerObject((node) => !isDir(node));
    return file ? under(Scene.absolute(file), "x") : null;
  }),
  put("redirect-uncovered", "the target still shows under its own name", (scene) => {
    const dir = scene.lowerObject(isDir);
    return dir ? Scene.absolute(dir) : null;
  }),
  put("redirect-duplicate", "two directories redirect to one", (scene, node) => {
    const other = scene.upperDir((one) => one.xattrs.has("redirect") && one.ino !== node.ino);
    const value = other && existing(other);
    return value?.[0] === 0x2f ? value : null;
  }),
  put("redirect-into-own-subtree", "the target is below the directory itself", (scene, node) => {
    const below = scene.random.maybe(
      scene.lower().filter((one) => isDir(one) && one.rel.subarray(0, node.rel.length).equals(node.rel)),
    );
    return below ? Scene.absolute(below) : null;
  }),
  {
    name: "redirect-removed",
    doc: "a moved directory was restored without its xattrs",
    apply(scene) {
      const node = scene.upperDir((one) => one.xattrs.has("redirect"));
      if (!node) return null;
      scene.unset(node.path, "redirect");
      return at(node);
    },
  },
  {
    name: "redirect-shortened",
    doc: "an absolute redirect became a relative one",
    apply(scene) {
      const node = scene.upperDir((one) => existing(one)?.[0] === 0x2f);
      const value = node && existing(node);
      if (!node || !value) return null;
      scene.set(node.path, "redirect", value.subarray(value.lastIndexOf(0x2f) + 1));
      return at(node);
    },
  },
  {
    name: "redirect-made-absolute",
    doc: "a relative redirect became an absolute one, below the parent's present name",
    apply(scene) {
      const node = scene.upperDir((one) => one.xattrs.has("redirect") && existing(one)?.[0] !== 0x2f);
      const value = node && existing(node);
      if (!node || !value) return null;
      const slash = node.rel.lastIndexOf(0x2f);
      scene.set(
        node.path,
        "redirect",
        Buffer.concat([Buffer.from("/"), node.rel.subarray(0, slash + 1), value]),
      );
      return at(node);
    },
  },
  {
    name: "redirect-whiteout-removed",
    doc: "the whiteout that covers a redirect's target was deleted: the target shows twice",
    apply(scene) {
      const upper = scene.upper();
      const covered = upper.filter(
        (node) =>
          isWhiteout(node) &&
          upper.some((dir) => {
            const value = existing(dir);
            if (!value) return false;
            const parent = dir.rel.subarray(0, dir.rel.lastIndexOf(0x2f) + 1);
            const aim = value[0] === 0x2f ? value.subarray(1) : Buffer.concat([parent, value]);
            return aim.equals(node.rel);
          }),
      );
      const node = scene.random.maybe(covered);
      if (!node) return null;
      unlinkSync(node.path);
      return at(node);
    },
  },
  {
    name: "redirect-on-file",
    doc: "a redirect on a file without metacopy means nothing",
    apply(scene) {
      const node = scene.random.maybe(scene.upper().filter(isFile));
      if (!node) return null;
      scene.set(node.path, "redirect", scene.random.pick(["/a", "b", "", "//"]));
      return at(node);
    },
  },
];
