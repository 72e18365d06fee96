import { describe, expect, it } from "vitest";
import { Held, type Reached } from "../../../src/lib/apply/held.js";

const ENOENT = -2;

/** Descriptors from 100 on, one for each directory that is opened. */
function directories(missing: readonly string[] = []) {
  const opened: string[] = [];
  const closed: string[] = [];
  const held = new Held({
    openDirectory: (root, dir) => {
      if (missing.includes(dir.toString())) return ENOENT;
      return 99 + opened.push(`${root} ${dir}`);
    },
    close: (fd) => void closed.push(opened[fd - 100] ?? ""),
  });
  const reach = (root: number, path: string): Reached | number => held.reach(root, Buffer.from(path));
  return { held, opened, closed, reach };
}

describe("Held", () => {
  it("opens a directory once for the names in it", () => {
    const { opened, reach } = directories();
    expect(reach(3, "a/b/x")).toEqual({ fd: 100, path: Buffer.from("x") });
    expect(reach(3, "a/b/y")).toEqual({ fd: 100, path: Buffer.from("y") });
    expect(reach(3, "a/c/x")).toEqual({ fd: 101, path: Buffer.from("x") });
    expect(reach(4, "a/b/x")).toEqual({ fd: 102, path: Buffer.from("x") });
    expect(opened).toEqual(["3 a/b", "3 a/c", "4 a/b"]);
  });

  it("goes from the root where there is no way, and leaves an absolute path to whoever refuses it", () => {
    const { opened, reach } = directories();
    for (const path of ["", "x", "/x"]) expect(reach(3, path)).toEqual({ fd: 3, path: Buffer.from(path) });
    expect(opened).toEqual([]);
  });

  it("answers with the errno of opening", () => {
    const { reach } = directories(["gone"]);
    expect(reach(3, "gone/x")).toBe(ENOENT);
  });

  it("keeps the one before the last open, however few are kept", () => {
    const { opened, closed, reach } = directories();
    for (let i = 0; i < 50; i++) {
      reach(3, "index/x");
      reach(3, `d${i}/x`);
      expect(closed).not.toContain("3 index");
    }
    expect(opened.length - closed.length).toBeLessThan(6);
  });

  it("forgets what is at a path or below it, and nothing else", () => {
    const { held, closed, reach } = directories();
    for (const path of ["a/x", "a/b/x", "ab/x"]) reach(3, path);
    reach(4, "a/x");
    held.leave(3, Buffer.from("a"));
    expect(closed.sort()).toEqual(["3 a", "3 a/b"]);
    held.letGo();
    expect(closed.sort()).toEqual(["3 a", "3 a/b", "3 ab", "4 a"]);
  });
});
